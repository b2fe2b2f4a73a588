package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.x509.KeyFingerprint;
import java.time.Instant;
import java.util.Optional;

/// What a store sees, under its locks, of everything that a reservation depends on. The rules over
/// it are in [ReservationRules], once for all stores.
///
/// @param owner the requester's owner
/// @param name the claim on the owner's folded name
/// @param key the claim on the public key
/// @param secret the secret that was shown, if one was
/// @param presented the record of the certificate that was presented, if one was
/// @param pending what is in the owner's PENDING slot of this epoch and label
/// @param earlier the newest certificate that was reserved for the same request, in any state
/// @param firstAnswered when the first was reserved that was issued for the same request, after the
///   last of them that was seen in use; looked up only if such an answer cannot be given again
/// @param keyUses how many of the owner's certificates with the same key were seen in use; counted
///   only where [Reservation#countsKeyUses] says so
/// @param queue how it stands with approvals; looked up only for a request that needs one
/// @param vouching what is known of whoever vouches for the owner
public record Situation(
    Optional<OwnerRecord> owner,
    Optional<Claim> name,
    Optional<Claim> key,
    Optional<SecretRecord> secret,
    Optional<CertificateRecord> presented,
    Optional<CertificateRecord> pending,
    Optional<CertificateRecord> earlier,
    Optional<Instant> firstAnswered,
    int keyUses,
    Queue queue,
    Vouching vouching) {

  /// The queue of requests that wait for an operator, as one of them sees it.
  ///
  /// @param asked the newest request with the same approval key, in any state
  /// @param open the request that holds the place of this owner, epoch and label
  /// @param waiting how many are pending
  /// @param waitingOfLabel how many of these are of the same label
  public record Queue(
      Optional<PendingRequest> asked,
      Optional<PendingRequest> open,
      int waiting,
      int waitingOfLabel) {

    public static final Queue NOT_ASKED = new Queue(Optional.empty(), Optional.empty(), 0, 0);
  }

  /// To whom a name or a key belongs, for ever.
  ///
  /// @param tombstone whether it was given up, by retirement or because the key was compromised:
  ///   nobody may use it
  public record Claim(Owner owner, int epoch, boolean tombstone) {}

  /// What is known of a manufacturer or a station that vouches for the owner.
  ///
  /// @param keyIsIdevid whether the key that is to be certified is known as an IDevID's
  /// @param idevid the claim on the key of the IDevID that was shown
  /// @param known the key of the IDevID that the owner came with before
  /// @param station the record of the station's certificate that was presented
  /// @param accepted whether the anchor is still one of the label's, or the station works for it
  public record Vouching(
      boolean keyIsIdevid,
      Optional<Claim> idevid,
      Optional<KeyFingerprint> known,
      Optional<CertificateRecord> station,
      boolean accepted) {

    /// Nobody vouches.
    public static final Vouching NOBODY =
        new Vouching(false, Optional.empty(), Optional.empty(), Optional.empty(), false);
  }
}
