package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.device.OwnerState.Move;
import dev.nameplate.ca.device.OwnerState.Trigger;
import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.store.MoveOutcome.Code;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// When an owner may be moved from one state to another: the table of [OwnerState], and what else
/// has to be so. Pure; decided here once, for all stores.
public final class LifeRules {

  private LifeRules() {}

  /// Why `trigger` does not move this owner; empty if it does.
  public static Optional<MoveOutcome> whyNot(OwnerRecord record, Trigger trigger) {
    return switch (record.state().on(trigger)) {
      case Move.To _ -> Optional.empty();
      case Move.Refused _ ->
          refuse(
              record,
              Code.ILLEGAL_TRANSITION,
              "%s is %s; to %s it, it must be %s"
                  .formatted(record.owner(), word(record.state()), word(trigger), from(trigger)));
    };
  }

  /// @param until when its suspension is to end by itself
  public static Optional<MoveOutcome> whyNotResumed(
      OwnerRecord record, Optional<Instant> until, Instant now) {
    return whyNot(record, Trigger.RESUME)
        .or(() ->
            until.filter(end -> !end.isAfter(now)).isPresent()
                ? Optional.empty()
                : refuse(
                    record,
                    Code.SUSPENSION_GOES_ON,
                    "the suspension of "
                        + record.owner()
                        + " goes on until "
                        + until.map(Instant::toString).orElse("it is resumed")));
  }

  /// @param epoch the one whose retirement was proven
  public static Optional<MoveOutcome> whyNotFinished(OwnerRecord record, int epoch) {
    return whyNot(record, Trigger.FINISH)
        .or(() ->
            record.epoch() == epoch
                ? Optional.empty()
                : refuse(
                    record,
                    Code.OTHER_EPOCH,
                    "%s is in epoch %d, not %d".formatted(record.owner(), record.epoch(), epoch)));
  }

  /// @param certificates how many were issued to it in this epoch, or are being made
  public static Optional<MoveOutcome> whyNotCancelled(OwnerRecord record, int certificates) {
    return whyNot(record, Trigger.CANCEL)
        .or(() ->
            certificates == 0
                ? Optional.empty()
                : refuse(
                    record,
                    Code.HAS_CERTIFICATE,
                    "a certificate of " + record.owner() + " is being made; retire it instead"));
  }

  /// @param life of this owner
  /// @param lastExpiry when the last of its certificates expires
  public static Optional<MoveOutcome> whyNotPurged(
      OwnerRecord record,
      OwnerLife life,
      Optional<Instant> lastExpiry,
      Duration retention,
      Instant now) {
    var refused = whyNot(record, Trigger.PURGE);
    if (refused.isPresent()) {
      return refused;
    }
    if (lastExpiry.filter(expiry -> !now.isAfter(expiry)).isPresent()) {
      return refuse(
          record,
          Code.UNEXPIRED_CERTIFICATE,
          "a certificate of %s expires at %s; until then it is kept"
              .formatted(record.owner(), lastExpiry.get()));
    }
    var finished = life.present().finishedAt().or(record::retiredAt).orElse(record.registeredAt());
    var kept = finished.plus(retention);
    return now.isBefore(kept)
        ? refuse(
            record,
            Code.RETENTION,
            "%s was retired at %s, and is kept until %s".formatted(record.owner(), finished, kept))
        : Optional.empty();
  }

  /// What was known of a device when it was taken back stays as it was: proofs name it.
  public static Optional<MoveOutcome> whyNotEdited(OwnerRecord record) {
    return switch (record.state()) {
      case REGISTERED, ENROLLED, ACTIVE, SUSPENDED -> Optional.empty();
      case RETIRING, RETIRED, CANCELLED, PURGED ->
          refuse(
              record,
              Code.ATTRIBUTES_FIXED,
              "%s is %s; what is known of it stays as it was"
                  .formatted(record.owner(), word(record.state())));
    };
  }

  /// @param by whose the serial is
  public static MoveOutcome serialTaken(OwnerRecord record, Owner by) {
    return new MoveOutcome.Refused(
        record, Code.HARDWARE_SERIAL_TAKEN, "the hardware serial belongs to " + by);
  }

  /// What is claimed with a hardware serial: the same if the case differs only.
  public static String hardwareSerial(String serial) {
    return serial.toLowerCase(Locale.ROOT);
  }

  /// Why an owner in its state is given no certificate; empty if it may be.
  public static Optional<Refusal> whyNotEnrolled(OwnerRecord record) {
    var owner = record.owner();
    return switch (record.state()) {
      case REGISTERED, ENROLLED, ACTIVE -> Optional.empty();
      case SUSPENDED -> Optional.of(new Refusal(Reason.OWNER_SUSPENDED, owner + " is suspended"));
      case RETIRING, RETIRED, PURGED ->
          Optional.of(new Refusal(Reason.OWNER_RETIRED, owner + " is retired" + wayBack(record)));
      case CANCELLED ->
          Optional.of(
              new Refusal(Reason.OWNER_RETIRED, "the registration of " + owner + " was cancelled"));
    };
  }

  /// What an operator can do about it, where somebody can.
  private static String wayBack(OwnerRecord record) {
    return record.owner().kind() == OwnerKind.DEVICE && record.state() == OwnerState.RETIRED
        ? "; only nameplate device repurpose "
            + record.owner().id()
            + " lets it back, under a new key"
        : "";
  }

  private static Optional<MoveOutcome> refuse(OwnerRecord record, Code code, String detail) {
    return Optional.of(new MoveOutcome.Refused(record, code, detail));
  }

  private static String from(Trigger trigger) {
    return Arrays.stream(OwnerState.values())
        .filter(state -> state.on(trigger) instanceof Move.To)
        .map(LifeRules::word)
        .collect(Collectors.joining(" or "));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
