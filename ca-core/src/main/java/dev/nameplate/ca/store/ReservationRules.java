package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.store.Situation.Vouching;
import java.time.Duration;
import java.util.Optional;

/// The rules of transaction 1, pure. A store gathers the [Situation] under its locks, asks here,
/// and does what the ruling says.
public final class ReservationRules {

  /// What a store has to do.
  public sealed interface Ruling {

    /// Record the reservation.
    ///
    /// @param voids the pending certificate whose place is taken
    /// @param spends whether one use of the secret is spent
    record Reserve(Optional<CertificateRecord> voids, boolean spends) implements Ruling {}

    /// Record that it waits for an operator.
    ///
    /// @param replaces the request whose place it takes
    record Queue(PendingRequest request, Optional<PendingRequest> replaces) implements Ruling {}

    /// Change nothing, and answer this.
    record Answer(ReserveOutcome outcome) implements Ruling {}
  }

  /// For how long after the first answer one that cannot be given again may be asked for anew,
  /// without another use of the secret.
  public static final Duration LOST_ANSWER = Duration.ofMinutes(10);

  private ReservationRules() {}

  public static Ruling rule(Reservation reservation, Situation situation) {
    return ownership(reservation, situation)
        .or(() -> presented(reservation, situation))
        .or(() -> vouching(reservation, situation.vouching()))
        .or(() -> answered(reservation, situation))
        .or(() -> secret(reservation, situation))
        .or(() -> rekey(reservation, situation))
        .or(() -> overtaken(reservation, situation))
        .or(() -> ApprovalRules.rule(reservation, situation))
        .or(() -> signable(reservation))
        .orElseGet(
            () -> new Ruling.Reserve(situation.pending(), spendsSecret(reservation, situation)));
  }

  /// A retired device's names, keys and secrets are refused on every path; one key belongs to one
  /// owner, ever.
  private static Optional<Ruling> ownership(Reservation reservation, Situation situation) {
    var asking = reservation.requester().owner();
    if (situation.owner().isEmpty()) {
      return refuse(Reason.UNKNOWN_OWNER, asking + " is not registered");
    }
    var owner = situation.owner().get();
    var stands = LifeRules.whyNotEnrolled(owner);
    if (stands.isPresent()) {
      return refuse(stands.get().reason(), stands.get().detail());
    }
    if (owner.epoch() != reservation.requester().epoch()) {
      return refuse(
          Reason.CREDENTIAL_NOT_ACCEPTED,
          "the credential is from an earlier identity of " + asking);
    }
    if (!owner.label().equals(reservation.label())) {
      return refuse(
          Reason.PROFILE_NOT_ALLOWED,
          asking + " is registered for " + owner.label() + ", not for " + reservation.label());
    }
    var name = situation.name();
    if (name.isEmpty() || !name.get().owner().equals(asking)) {
      return refuse(Reason.UNKNOWN_OWNER, "the name of " + asking + " is not its own");
    }
    if (name.get().tombstone()) {
      return refuse(Reason.NAME_RETIRED, "the name of " + asking + " was retired");
    }
    if (situation.key().isPresent()) {
      var key = situation.key().get();
      if (key.tombstone()) {
        return refuse(
            Reason.KEY_RETIRED,
            "this public key was retired, and is never used again; make a new key");
      }
      if (!key.owner().equals(asking)) {
        return refuse(
            Reason.KEY_BELONGS_TO_ANOTHER,
            "this public key belongs to another owner; make a new key");
      }
      if (key.epoch() != owner.epoch()) {
        return refuse(
            Reason.KEY_RETIRED, "this public key is from an earlier identity; make a new key");
      }
    }
    return Optional.empty();
  }

  /// A retry gets the same answer, for as long as that answer is the pending one.
  private static Optional<Ruling> answered(Reservation reservation, Situation situation) {
    return situation
        .pending()
        .filter(pending -> pending.sameness().equals(reservation.sameness()))
        .flatMap(pending ->
            switch (pending.state()) {
              case ISSUED ->
                  reservation.repeatable() && pending.isLiveAt(reservation.now())
                      ? pending.certificate().map(ReserveOutcome.Answered::new)
                      : Optional.<ReserveOutcome>empty();
              case RESERVED ->
                  reservation.now().isBefore(pending.reservedAt().plus(reservation.patience()))
                      ? Optional.<ReserveOutcome>of(new ReserveOutcome.InProgress())
                      : Optional.<ReserveOutcome>empty();
              case ABANDONED -> Optional.<ReserveOutcome>empty();
            })
        .map(Ruling.Answer::new);
  }

  private static Optional<Ruling> secret(Reservation reservation, Situation situation) {
    if (reservation.requester().secret().isEmpty()) {
      return Optional.empty();
    }
    if (situation.secret().isEmpty()) {
      return refuse(Reason.CREDENTIAL_NOT_ACCEPTED, "the enrollment secret is not known");
    }
    var secret = situation.secret().get();
    if (secret.burned() || !secret.owner().equals(reservation.requester().owner())) {
      return refuse(
          Reason.CREDENTIAL_NOT_ACCEPTED,
          "the enrollment secret is not good any more: its device was retired");
    }
    if (spendsSecret(reservation, situation) && secret.usesLeft() < 1) {
      return refuse(Reason.SECRET_SPENT, "the enrollment secret is spent; a new one is needed");
    }
    if (!reservation.now().isBefore(secret.expiresAt())
        && !ApprovalRules.wasQueuedWith(reservation, situation)) {
      return refuse(
          Reason.SECRET_EXPIRED,
          "the enrollment secret expired at " + secret.expiresAt() + "; a new one is needed");
    }
    return Optional.empty();
  }

  /// A certificate that is not valid any more gets nothing, not even an answer that is there: it
  /// may be a thief who asks.
  private static Optional<Ruling> presented(Reservation reservation, Situation situation) {
    var by = reservation.requester();
    if (by.certificate().isEmpty()) {
      return Optional.empty();
    }
    var good =
        situation
            .presented()
            .filter(record -> record.owner().equals(by.owner()) && record.epoch() == by.epoch())
            .filter(record -> record.isRenewableAt(reservation.now(), grace(by)));
    if (good.isEmpty()) {
      return refuse(
          Reason.CREDENTIAL_NOT_ACCEPTED,
          "the presented certificate is not valid any more: expired, revoked or not from here");
    }
    // else the device would have two lines of them
    return good.get().slot().isEmpty()
        ? refuse(
            Reason.CREDENTIAL_NOT_ACCEPTED,
            "the presented certificate was superseded by a newer one, which is the one to renew")
        : Optional.empty();
  }

  private static Duration grace(Requester requester) {
    return requester.holder() instanceof Requester.ByCertificate by ? by.grace() : Duration.ZERO;
  }

  /// Who vouches must still be one who may; and an IDevID's key, which authenticates its device for
  /// ever, belongs to one device and is never certified itself.
  private static Optional<Ruling> vouching(Reservation reservation, Vouching vouching) {
    if (vouching.keyIsIdevid()) {
      return keyOfAnIdevid();
    }
    return switch (reservation.requester().holder()) {
      case Requester.ByManufacturer by -> manufacturer(reservation, by, vouching);
      case Requester.ByStation by -> station(reservation, by, vouching);
      case Requester.BySecret _,
          Requester.ByCertificate _,
          Requester.WithSecret _,
          Requester.Internal _ ->
          Optional.empty();
    };
  }

  private static Optional<Ruling> manufacturer(
      Reservation reservation, Requester.ByManufacturer by, Vouching vouching) {
    if (!vouching.accepted()) {
      return refuse(
          Reason.CREDENTIAL_NOT_ACCEPTED,
          "the manufacturer is no trust anchor of " + reservation.label() + " any more");
    }
    var key = by.idevid().publicKey().fingerprint();
    if (key.equals(reservation.tbs().publicKey().fingerprint())) {
      return keyOfAnIdevid();
    }
    if (vouching.idevid().isPresent()) {
      var claim = vouching.idevid().get();
      if (claim.tombstone()) {
        return refuse(Reason.IDEVID_RETIRED, "this IDevID is of a device that was retired");
      }
      if (!claim.owner().equals(by.owner())) {
        return refuse(Reason.IDEVID_OF_ANOTHER, "this IDevID belongs to another device");
      }
    }
    return vouching.known().filter(known -> !known.equals(key)).isPresent()
        ? refuse(
            Reason.IDEVID_OF_ANOTHER,
            by.owner() + " came with another IDevID before: two devices have one serial number")
        : Optional.empty();
  }

  private static Optional<Ruling> station(
      Reservation reservation, Requester.ByStation by, Vouching vouching) {
    if (vouching
        .station()
        .filter(record -> record.owner().equals(by.station()))
        .filter(record -> record.isLiveAt(reservation.now()))
        .isEmpty()) {
      return refuse(
          Reason.CREDENTIAL_NOT_ACCEPTED,
          "the certificate of " + by.station() + " is not valid any more");
    }
    return vouching.accepted()
        ? Optional.empty()
        : refuse(
            Reason.PROFILE_NOT_ALLOWED,
            by.station() + " does not enroll devices for " + reservation.label());
  }

  private static Optional<Ruling> keyOfAnIdevid() {
    return refuse(
        Reason.KEY_BELONGS_TO_ANOTHER,
        "this public key is an IDevID's, which is never certified: make a new key");
  }

  /// How many certificates in a row one key may have.
  private static Optional<Ruling> rekey(Reservation reservation, Situation situation) {
    int allowed = reservation.rotation().sameKeyRenewals();
    return reservation.countsKeyUses() && situation.keyUses() > allowed
        ? refuse(
            Reason.REKEY_REQUIRED,
            "a renewal needs a new key"
                + (allowed == 0
                    ? ""
                    : ": this one was renewed %d times, and may be %d times"
                        .formatted(situation.keyUses() - 1, allowed)))
        : Optional.empty();
  }

  /// A request that was on its way for so long that a later one was answered must not take the
  /// place of that answer: the client has forgotten this one, and uses the other's.
  private static Optional<Ruling> overtaken(Reservation reservation, Situation situation) {
    return situation
        .pending()
        .filter(pending -> pending.reservedAt().isAfter(reservation.now()))
        .map(_ -> new Ruling.Answer(new ReserveOutcome.InProgress()));
  }

  /// A request that failed after its reservation was paid for already; its secret must not have
  /// expired since.
  private static boolean spendsSecret(Reservation reservation, Situation situation) {
    if (reservation.requester().secret().isEmpty()) {
      return false;
    }
    return !goesOn(reservation, situation);
  }

  /// Whether the same request was let in before and may have come to nothing: then it goes on, and
  /// costs nothing more.
  static boolean goesOn(Reservation reservation, Situation situation) {
    return situation
        .earlier()
        .filter(earlier ->
            earlier.state() != CertificateState.ISSUED
                || (earlier.awaitsConfirmation() && mayBeLost(reservation, situation)))
        .isPresent();
  }

  /// A certificate whose key was made here and is gone: its answer may have been lost, and its
  /// place is taken by the next. Not for ever, or a secret would never be spent.
  private static boolean mayBeLost(Reservation reservation, Situation situation) {
    return situation
        .firstAnswered()
        .filter(first -> reservation.now().isBefore(first.plus(LOST_ANSWER)))
        .isPresent();
  }

  /// A token that is away for an hour must not fill the CRL with what was never signed.
  private static Optional<Ruling> signable(Reservation reservation) {
    return reservation.signable()
        ? Optional.empty()
        : Optional.of(new Ruling.Answer(new ReserveOutcome.NotSignable()));
  }

  private static Optional<Ruling> refuse(Reason reason, String detail) {
    return Optional.of(new Ruling.Answer(new ReserveOutcome.Refused(new Refusal(reason, detail))));
  }
}
