package dev.nameplate.ca.trust;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.EnrollmentRules;
import dev.nameplate.ca.profile.EnrollmentRules.Registration;
import dev.nameplate.ca.store.LifeRules;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.RegisterOutcome;
import java.time.InstantSource;

/// Finds the device for which somebody vouches, and registers it where the label says so.
final class Newcomers {

  /// The device, or why it may not come.
  sealed interface Found {
    record Device(OwnerRecord record) implements Found {}

    record Refused(Refusal refusal) implements Found {}
  }

  private final OwnerStore owners;
  private final InstantSource clock;

  Newcomers(OwnerStore owners, InstantSource clock) {
    this.owners = owners;
    this.clock = clock;
  }

  /// @param by who vouches for it, as the audit log has it: `idevid:SHA256`
  Found find(DeviceId id, CertificateProfile profile, String by) {
    var owner = id.owner();
    var known = owners.find(owner);
    if (known.isPresent()) {
      return LifeRules.whyNotEnrolled(known.get())
          .<Found>map(Found.Refused::new)
          .orElseGet(() -> new Found.Device(known.get()));
    }
    var rule = profile.enrollment().map(EnrollmentRules::register).orElse(Registration.BEFORE);
    return switch (rule) {
      case BEFORE ->
          refused(
              Reason.UNKNOWN_OWNER,
              owner
                  + " is not registered: nameplate device add "
                  + id
                  + " --profile "
                  + profile.name());
      case AUTOMATICALLY ->
          wantsSecret(profile)
              ? refused(Reason.UNKNOWN_OWNER, owner + " is not registered, and so has no secret")
              : register(owner, profile, by);
    };
  }

  private static boolean wantsSecret(CertificateProfile profile) {
    return profile
        .enrollment()
        .filter(rules -> rules.require() == EnrollmentRules.Require.CERTIFICATE_AND_SECRET)
        .isPresent();
  }

  private Found register(Owner owner, CertificateProfile profile, String by) {
    var why = new AuditEvent.OwnerRegistered(owner, profile.name(), by);
    return switch (owners.register(owner, profile.name(), clock.instant(), why)) {
      case RegisterOutcome.Registered(var record) -> new Found.Device(record);
      case RegisterOutcome.NameRetired(var before) ->
          refused(Reason.NAME_RETIRED, "the name belonged to " + before + ", which was retired");
      case RegisterOutcome.HardwareSerialTaken(var other, _) ->
          refused(Reason.UNKNOWN_OWNER, "the hardware serial belongs to " + other + " already");
      case RegisterOutcome.NameTaken(var other) ->
          // by the same device, a moment ago; or by one whose name differs in case only
          owners
              .find(owner)
              .<Found>map(Found.Device::new)
              .orElseGet(
                  () -> refused(Reason.UNKNOWN_OWNER, "the name belongs to " + other + " already"));
    };
  }

  private static Found refused(Reason reason, String detail) {
    return new Found.Refused(new Refusal(reason, detail));
  }
}
