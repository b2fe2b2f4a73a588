package dev.nameplate.ca.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyFingerprint;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/// A request for a first certificate that waits for an operator, or waited.
///
/// @param approvalKey what was asked for, whoever carries it: an approval is good for exactly this
/// @param key of the public key in the request
/// @param csr as it came; one that is signed again later is the same request
/// @param subject of the CSR, for whoever decides; shortened if it is very long
/// @param credential what was shown when it was queued: `secret:ID`
/// @param origin of the HTTP request that queued it
/// @param expiresAt when it ends by itself: as undecided, as an approval that nobody collected, or
///   as a denial that is not held against the device any more
public record PendingRequest(
    Id id,
    Owner owner,
    int epoch,
    String label,
    String approvalKey,
    KeyFingerprint key,
    Der csr,
    String subject,
    String credential,
    Origin origin,
    Instant requestedAt,
    Instant expiresAt,
    State state,
    Optional<Decision> decision) {

  private static final int LONGEST_SUBJECT = 1000;

  /// Names a request, short enough to be typed: 8 digits and letters without those that look like
  /// others.
  public record Id(String value) {

    private static final String ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final int LENGTH = 8;
    private static final Pattern SHAPE = Pattern.compile("[" + ALPHABET + "]{" + LENGTH + "}");

    public Id {
      value = value.toLowerCase(Locale.ROOT);
      if (!SHAPE.matcher(value).matches()) {
        throw new IllegalArgumentException("not the id of a request: " + value);
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

  /// Where a request stands.
  public enum State {
    /// Nobody decided yet.
    PENDING,
    /// An operator said yes, and the client has not come for it.
    APPROVED,
    /// The approval was used: what it was given for is, or was, at work.
    USED,
    /// An operator said no.
    DENIED,
    /// Nobody decided in time, or nobody collected in time.
    EXPIRED,
    /// The same device asked for another key.
    REPLACED,
    /// Its owner was retired.
    VOIDED;

    /// Whether it takes the one place that each owner has under a label.
    public boolean isOpen() {
      return switch (this) {
        case PENDING, APPROVED -> true;
        case USED, DENIED, EXPIRED, REPLACED, VOIDED -> false;
      };
    }
  }

  /// Who decided, and when.
  ///
  /// @param reason of a denial, which the client is told
  public record Decision(Instant at, String by, Optional<String> reason) {}

  public PendingRequest {
    if (subject.length() > LONGEST_SUBJECT) {
      subject = subject.substring(0, LONGEST_SUBJECT - 3) + "...";
    }
    if (state == State.DENIED && decision.flatMap(Decision::reason).isEmpty()) {
      throw new IllegalArgumentException("a denial without a reason: " + id);
    }
  }

  /// What is written down when it is queued.
  public AuditEvent.RequestQueued queued() {
    return new AuditEvent.RequestQueued(
        owner, id.value(), label, key, subject, credential, expiresAt, origin);
  }

  /// Whether its time is over.
  public boolean isOverAt(Instant now) {
    return !now.isBefore(expiresAt);
  }

  /// What is to be said of it at `now`: what is over has expired, also before the job came by.
  public State stateAt(Instant now) {
    return state.isOpen() && isOverAt(now) ? State.EXPIRED : state;
  }

  /// @param life how long the client has to collect
  PendingRequest approved(Instant now, Duration life, String by) {
    return with(
        State.APPROVED, now.plus(life), Optional.of(new Decision(now, by, Optional.empty())));
  }

  /// @param life how long the denial is held against the same request
  PendingRequest denied(Instant now, Duration life, String by, String reason) {
    return with(
        State.DENIED, now.plus(life), Optional.of(new Decision(now, by, Optional.of(reason))));
  }

  /// What it is after it gave up its place.
  public PendingRequest ended(State how) {
    if (how.isOpen()) {
      throw new IllegalArgumentException(how + " is no end");
    }
    return with(how, expiresAt, decision);
  }

  private PendingRequest with(State state, Instant expiresAt, Optional<Decision> decision) {
    return new PendingRequest(
        id,
        owner,
        epoch,
        label,
        approvalKey,
        key,
        csr,
        subject,
        credential,
        origin,
        requestedAt,
        expiresAt,
        state,
        decision);
  }
}
