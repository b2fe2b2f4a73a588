package dev.nameplate.ca.retirement;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerState.Trigger;
import dev.nameplate.ca.store.AttributeEdit;
import dev.nameplate.ca.store.MoveOutcome;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.Suspension;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;

/// What operators do with a device besides taking it back: each act is one transaction with its
/// audit event, and what is refused is written down too.
public final class Lifecycle {

  private final OwnerStore owners;
  private final AuditLog audit;
  private final Duration retention;
  private final InstantSource clock;

  /// @param retention for how long a device is kept after its retirement was finished
  public Lifecycle(OwnerStore owners, AuditLog audit, Duration retention, InstantSource clock) {
    this.owners = owners;
    this.audit = audit;
    this.retention = retention;
    this.clock = clock;
  }

  /// Puts a device on hold, with all its certificates.
  ///
  /// @param until when that ends by itself
  /// @throws IllegalArgumentException if that has passed
  public MoveOutcome suspend(Owner owner, String reason, Optional<Instant> until, String by) {
    var suspension = new Suspension(clock.instant(), until, reason, by);
    return written(owners.suspend(owner, suspension), Trigger.SUSPEND.name(), by);
  }

  public MoveOutcome resume(Owner owner, String why, String by) {
    return written(owners.resume(owner, clock.instant(), why, by), Trigger.RESUME.name(), by);
  }

  /// Gives up a registration that was never used.
  public MoveOutcome cancel(Owner owner, String why, String by) {
    return written(owners.cancel(owner, clock.instant(), why, by), Trigger.CANCEL.name(), by);
  }

  /// Lets a retired device back, this once, under a new key.
  ///
  /// @param label the profile that it is registered for now
  public MoveOutcome repurpose(Owner owner, String label, String why, String by) {
    return written(
        owners.repurpose(owner, label, clock.instant(), why, by), Trigger.REPURPOSE.name(), by);
  }

  /// Erases what is personal about a device whose time of keeping is over.
  public MoveOutcome purge(Owner owner, String by) {
    return written(owners.purge(owner, retention, clock.instant(), by), Trigger.PURGE.name(), by);
  }

  /// Changes what is known of a device.
  ///
  /// @throws IllegalArgumentException if a value cannot be one of its attribute
  public MoveOutcome edit(Owner owner, AttributeEdit edit, String by) {
    return written(owners.edit(owner, edit, clock.instant(), by), "EDIT", by);
  }

  private MoveOutcome written(MoveOutcome outcome, String asked, String by) {
    if (outcome instanceof MoveOutcome.Refused refused) {
      audit.append(
          new AuditEvent.MoveRefused(
              refused.owner().owner(),
              asked.toLowerCase(Locale.ROOT),
              refused.owner().state().name(),
              refused.detail(),
              by));
    }
    return outcome;
  }
}
