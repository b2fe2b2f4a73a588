package dev.nameplate.ca.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyFingerprint;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Remembers devices and the other owners, their names and their secrets. A method that returns has
/// committed. All methods may be called from many threads at once, and throw [StoreException] if
/// the store cannot do its work now.
public interface OwnerStore {

  /// Registers an owner with its first epoch, and claims its name and its hardware serial.
  RegisterOutcome register(
      Owner owner,
      String label,
      DeviceAttributes attributes,
      Instant now,
      AuditEvent.OwnerRegistered why);

  /// The same for an owner of which nothing more is known.
  default RegisterOutcome register(
      Owner owner, String label, Instant now, AuditEvent.OwnerRegistered why) {
    return register(owner, label, DeviceAttributes.NONE, now, why);
  }

  /// Registers a device that somebody else looked after before, and buries the keys that it had
  /// there, in one transaction: none of them is ever certified here.
  ///
  /// @param keys of all its certificates there
  ReceiveOutcome receive(
      Owner owner,
      String label,
      DeviceAttributes attributes,
      Set<KeyFingerprint> keys,
      Instant now,
      AuditEvent.DeviceReceived why);

  /// Adds an enrollment secret. False if its owner is not there, may not enroll, or is in another
  /// epoch.
  boolean addSecret(SecretRecord secret, AuditEvent.SecretIssued why);

  /// Takes an owner back, in one transaction: a device becomes RETIRING, any other owner RETIRED.
  /// Revokes every certificate that is ISSUED, unexpired and good or on hold, abandons every
  /// reservation, burns every secret, and turns every claim on its name, its hardware serial, its
  /// keys and its IDevID into a tombstone; writes [AuditEvent.Retired], and an [AuditEvent.Revoked]
  /// or [AuditEvent.Abandoned] for each certificate. Its open requests for approval become VOIDED,
  /// with an [AuditEvent.RequestVoided] each.
  RetireOutcome retire(Owner owner, RevocationReason reason, Instant now, String by);

  /// RETIRING becomes RETIRED: whoever calls this has proof that the retirement was seen, and that
  /// the device was wiped, or that nobody has to.
  ///
  /// @param epoch the one that was retired
  MoveOutcome finishRetirement(
      Owner owner, int epoch, Instant now, AuditEvent.RetirementFinished why);

  /// ACTIVE becomes SUSPENDED, in one transaction: every certificate that is ISSUED, unexpired and
  /// good is put on hold, every reservation abandoned; writes [AuditEvent.Suspended], and an
  /// [AuditEvent.Revoked] or [AuditEvent.Abandoned] for each.
  MoveOutcome suspend(Owner owner, Suspension suspension);

  /// SUSPENDED becomes ACTIVE: every certificate that was put on hold by the suspension is good
  /// again, unless its key was given up since; what was on hold before stays so.
  ///
  /// @param why for the audit log
  MoveOutcome resume(Owner owner, Instant now, String why, String by);

  /// The same, if its suspension was to end by `now`; another one that began since stays.
  ///
  /// @param why for the audit log
  MoveOutcome resumeIfOver(Owner owner, Instant now, String why, String by);

  /// Owners whose suspension was to end by `now`, those first that wait longest.
  List<OwnerRecord> suspensionsOver(Instant now, int limit);

  /// REGISTERED becomes CANCELLED, if no certificate was issued to the owner in this epoch, or is
  /// being made: its secrets are burned, its name is not given again. In its first epoch its
  /// hardware serial and its IDevID become free.
  MoveOutcome cancel(Owner owner, Instant now, String why, String by);

  /// RETIRED becomes REGISTERED, in a new epoch: the tombstones on its name, its hardware serial
  /// and its IDevID are lifted this once, those on its keys stay for ever.
  ///
  /// @param label the profile that it is registered for now
  MoveOutcome repurpose(Owner owner, String label, Instant now, String why, String by);

  /// RETIRED becomes PURGED, if no certificate of it is unexpired and `retention` has passed since
  /// its retirement was finished: the personal attributes are erased, and the payloads of
  /// [AuditEvent.AttributesChanged]. Tombstones and the audit chain stay.
  MoveOutcome purge(Owner owner, Duration retention, Instant now, String by);

  /// Changes what is known of a device, while it has not been taken back; claims its new hardware
  /// serial, and writes [AuditEvent.AttributesChanged]. Without a difference nothing happens.
  MoveOutcome edit(Owner owner, AttributeEdit edit, Instant now, String by);

  Optional<OwnerRecord> find(Owner owner);

  /// What else is remembered of the owner's life; empty if there is no such owner.
  Optional<OwnerLife> life(Owner owner);

  List<OwnerRecord> list(OwnerQuery query);

  /// A page of the devices that are asked for, in an order that does not change. However many there
  /// are and whatever is asked for, the work is bounded: where few match, a page may be short, or
  /// empty, with more to come.
  ///
  /// @param after the `next` of the page before; for most questions also the name of a device
  /// @param limit 1 to 1,000
  /// @throws IllegalArgumentException if `after` is not of this question
  DevicePage search(DeviceFilter filter, Optional<String> after, int limit);

  /// All secrets of the owner's present epoch, spent, expired and burned ones too.
  List<SecretRecord> secrets(Owner owner);

  /// The secret with this HMAC, if it is of its owner's present epoch: it alone says whose it is.
  /// Empty if there are several.
  Optional<SecretRecord> secret(Der hmac);
}
