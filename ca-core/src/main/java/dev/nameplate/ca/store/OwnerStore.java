package dev.nameplate.ca.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Remembers devices and the other owners, their names and their secrets. A method that returns has
/// committed. All methods may be called from many threads at once, and throw [StoreException] if
/// the store cannot do its work now.
public interface OwnerStore {

  /// Registers an owner with its first epoch, and claims its name.
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

  /// Adds an enrollment secret. False if its owner is not there, retired, or in another epoch.
  boolean addSecret(SecretRecord secret, AuditEvent.SecretIssued why);

  /// Takes an owner back, in one transaction: revokes every certificate that is ISSUED, unexpired
  /// and good or on hold, abandons every reservation, burns every secret, and turns every claim on
  /// its name, its keys and its IDevID into a tombstone; writes [AuditEvent.Retired], and an
  /// [AuditEvent.Revoked] or [AuditEvent.Abandoned] for each certificate. Its open requests for
  /// approval become VOIDED, with an [AuditEvent.RequestVoided] each.
  RetireOutcome retire(Owner owner, RevocationReason reason, Instant now, String by);

  Optional<OwnerRecord> find(Owner owner);

  List<OwnerRecord> list(OwnerQuery query);

  /// All secrets of the owner's present epoch, spent, expired and burned ones too.
  List<SecretRecord> secrets(Owner owner);

  /// The secret with this HMAC, if it is of its owner's present epoch: it alone says whose it is.
  /// Empty if there are several.
  Optional<SecretRecord> secret(Der hmac);
}
