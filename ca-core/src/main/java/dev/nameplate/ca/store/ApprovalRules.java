package dev.nameplate.ca.store;

import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.store.PendingRequest.State;
import dev.nameplate.ca.store.ReservationRules.Ruling;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// The rules of manual approval, pure and once for all stores. They are asked inside transaction 1,
/// under the owner's lock: so nothing is queued that would be refused anyway, an approval is used
/// by the very transaction that reserves what it was given for, and a retirement or a denial comes
/// before or after, never in between.
public final class ApprovalRules {

  private ApprovalRules() {}

  /// Empty if nothing stands in the way: no approval is needed, or there is one.
  static Optional<Ruling> rule(Reservation reservation, Situation situation) {
    return reservation.approval().flatMap(wish -> rule(reservation, wish, situation));
  }

  /// The approval that a reservation uses up, once it is ruled that it goes ahead.
  public static Optional<PendingRequest> used(Reservation reservation, Situation situation) {
    return standing(reservation, situation)
        .filter(asked -> asked.state() == State.APPROVED && reservation.approval().isPresent());
  }

  /// Whether this very request was queued in time with this very credential: then it may be
  /// collected although its secret has expired since.
  static boolean wasQueuedWith(Reservation reservation, Situation situation) {
    return standing(reservation, situation)
        .filter(asked -> asked.state() == State.PENDING || asked.state() == State.APPROVED)
        .filter(asked -> asked.credential().equals(reservation.requester().credential()))
        .isPresent();
  }

  /// An operator says yes: to what waits.
  public static DecideOutcome approve(
      PendingRequest request, Duration life, Instant now, String by) {
    return switch (request.stateAt(now)) {
      case PENDING -> new DecideOutcome.Decided(request.approved(now, life, by));
      case APPROVED, USED -> new DecideOutcome.Already(request);
      case DENIED, EXPIRED, REPLACED, VOIDED -> new DecideOutcome.TooLate(request);
    };
  }

  /// An operator says no: to what waits, or was approved and not collected yet. So whichever of an
  /// approval and a denial comes first, the denial holds.
  public static DecideOutcome deny(
      PendingRequest request, String reason, Duration life, Instant now, String by) {
    return switch (request.stateAt(now)) {
      case PENDING, APPROVED -> new DecideOutcome.Decided(request.denied(now, life, by, reason));
      case DENIED -> new DecideOutcome.Already(request);
      case USED, EXPIRED, REPLACED, VOIDED -> new DecideOutcome.TooLate(request);
    };
  }

  private static Optional<Ruling> rule(
      Reservation reservation, ApprovalWish wish, Situation situation) {
    var asked = standing(reservation, situation);
    if (asked.isPresent()) {
      switch (asked.get().state()) {
        case PENDING -> {
          return Optional.of(new Ruling.Answer(new ReserveOutcome.Queued(asked.get())));
        }
        case APPROVED -> {
          return Optional.empty();
        }
        case DENIED -> {
          var reason = asked.get().decision().flatMap(PendingRequest.Decision::reason).orElse("");
          return refuse(
              Reason.REQUEST_DENIED,
              "an operator denied approval " + asked.get().id() + ": " + reason);
        }
        case USED -> {
          // what it was used for never got its certificate: it goes on, and needs no other
          if (ReservationRules.goesOn(reservation, situation)) {
            return Optional.empty();
          }
        }
        case EXPIRED, REPLACED, VOIDED -> {
          // it is asked for anew
        }
      }
    }
    var queue = situation.queue();
    boolean keepsPlace = queue.open().filter(open -> open.state() == State.PENDING).isPresent();
    int freed = keepsPlace ? 1 : 0;
    if (queue.waiting() - freed >= wish.mostInAll()
        || queue.waitingOfLabel() - freed >= wish.mostOfLabel()) {
      return refuse(
          Reason.APPROVAL_QUEUE_FULL,
          "too many requests wait for an operator's approval; this one was not queued, ask again"
              + " later");
    }
    return Optional.of(new Ruling.Queue(wish.request(), queue.open()));
  }

  /// The newest request for exactly this, unless its time is over.
  private static Optional<PendingRequest> standing(Reservation reservation, Situation situation) {
    return situation.queue().asked().filter(asked -> !asked.isOverAt(reservation.now()));
  }

  private static Optional<Ruling> refuse(Reason reason, String detail) {
    return Optional.of(new Ruling.Answer(new ReserveOutcome.Refused(new Refusal(reason, detail))));
  }
}
