package dev.nameplate.ca.store;

import dev.nameplate.ca.x509.RevocationReason;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/// Which devices are to be retired, as it was laid down, and how far that has come. What is in it
/// never changes; where it stands does, by [PlanRules] alone.
///
/// @param sha256 of its canonical form, see [PlanDocument]: whoever approves it approves this
/// @param reason what certificates are revoked as
/// @param note why, in the requester's words; may be empty
/// @param wipe what is known of all its devices' data beforehand
/// @param certificates how many it revokes, as things were then
/// @param needsApproval whether somebody else than the requester has to approve it
/// @param expiresAt until when it can be approved, started and resumed
/// @param rate how many devices a second
/// @param decision there once it was approved or denied
/// @param startedBy empty until it is started
public record RetirementPlan(
    Id id,
    String sha256,
    RevocationReason reason,
    String note,
    Optional<WipeEvidence> wipe,
    int devices,
    int certificates,
    boolean needsApproval,
    String requester,
    Instant madeAt,
    Instant expiresAt,
    int rate,
    State state,
    Optional<Decision> decision,
    Optional<String> startedBy) {

  public static final int FASTEST = 1000;

  /// Names a plan, short enough to be typed: 8 digits and letters without those that look like
  /// others.
  public record Id(String value) {

    private static final String ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final int LENGTH = 8;
    private static final Pattern SHAPE = Pattern.compile("[" + ALPHABET + "]{" + LENGTH + "}");

    public Id {
      value = value.toLowerCase(Locale.ROOT);
      if (!SHAPE.matcher(value).matches()) {
        throw new IllegalArgumentException("not the id of a plan: " + value);
      }
    }

    public static Id random(RandomGenerator random) {
      var bytes = new byte[LENGTH];
      random.nextBytes(bytes);
      var text = new StringBuilder();
      for (byte b : bytes) {
        text.append(ALPHABET.charAt(b & 31));
      }
      return new Id(text.toString());
    }

    @Override
    public String toString() {
      return value;
    }
  }

  /// Where a plan stands.
  public enum State {
    /// Somebody else has to approve it.
    WAITING,
    /// It can be started.
    READY,
    RUNNING,
    PAUSED,
    /// Every device of it was dealt with, if not retired.
    DONE,
    /// It was given up; what was retired by then stays retired.
    CANCELLED,
    DENIED;

    public boolean isEnded() {
      return switch (this) {
        case WAITING, READY, RUNNING, PAUSED -> false;
        case DONE, CANCELLED, DENIED -> true;
      };
    }
  }

  /// Who approved or denied it, and when.
  ///
  /// @param reason of a denial
  public record Decision(Instant at, String by, Optional<String> reason) {}

  public RetirementPlan {
    if (reason == RevocationReason.CERTIFICATE_HOLD) {
      throw new IllegalArgumentException("a retirement is for good, and not a hold");
    }
    if (devices < 1) {
      throw new IllegalArgumentException("a plan without devices");
    }
    if (rate < 1 || rate > FASTEST) {
      throw new IllegalArgumentException("a rate of " + rate + "; 1 to " + FASTEST + " a second");
    }
    if (needsApproval && decision.isEmpty() && state != State.WAITING && state != State.CANCELLED) {
      throw new IllegalArgumentException(
          "plan " + id + " is " + state + ", and nobody approved it");
    }
  }

  /// Who retires its devices, for the audit log.
  public String retiresAs() {
    return startedBy.orElse(requester) + ", plan " + id;
  }

  /// Whether its time is over; one that runs goes on to its end.
  public boolean isOverAt(Instant now) {
    return !now.isBefore(expiresAt);
  }

  /// As it is kept, if it is new.
  public RetirementPlan waiting() {
    return with(State.WAITING, true, decision, rate, startedBy);
  }

  RetirementPlan in(State next) {
    return with(next, needsApproval, decision, rate, startedBy);
  }

  RetirementPlan decided(State next, Decision how) {
    return with(next, needsApproval, Optional.of(how), rate, startedBy);
  }

  RetirementPlan started(int perSecond, String by) {
    return with(State.RUNNING, needsApproval, decision, perSecond, Optional.of(by));
  }

  private RetirementPlan with(
      State state,
      boolean needsApproval,
      Optional<Decision> decision,
      int rate,
      Optional<String> startedBy) {
    return new RetirementPlan(
        id,
        sha256,
        reason,
        note,
        wipe,
        devices,
        certificates,
        needsApproval,
        requester,
        madeAt,
        expiresAt,
        rate,
        state,
        decision,
        startedBy);
  }
}
