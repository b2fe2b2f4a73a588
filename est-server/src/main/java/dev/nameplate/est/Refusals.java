package dev.nameplate.est;

import dev.nameplate.ca.policy.Refusal;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.ws.rs.core.Response;
import java.time.Duration;

/// Turns refusals into HTTP, in this one place, and counts them by reason.
final class Refusals {

  private final MeterRegistry meters;
  private final Duration retryAfter;

  Refusals(MeterRegistry meters, Duration retryAfter) {
    this.meters = meters;
    this.retryAfter = retryAfter;
  }

  Response reply(Refusal refusal) {
    Counter.builder("nameplate.est.refusals")
        .description("Refused EST requests of somebody who was known, by reason")
        .tag("reason", refusal.reason().name())
        .register(meters)
        .increment();
    var sentence = "Refused: " + refusal.detail() + ".";
    return switch (refusal.reason()) {
      // we know who asks, and a rule says no: asking again will not help
      case UNKNOWN_OWNER,
          OWNER_RETIRED,
          NAME_RETIRED,
          KEY_RETIRED,
          SECRET_SPENT,
          SECRET_EXPIRED,
          CREDENTIAL_NOT_ACCEPTED,
          PROFILE_NOT_ALLOWED,
          SUBJECT_MISMATCH,
          REKEY_REQUIRED,
          TOO_EARLY,
          RESERVATION_VOIDED ->
          EstReply.error(403, sentence);
      // the request is well-formed and its key sound (a key that is not is a 400), but the profile
      // wants another type: a rule, too
      case KEY_TYPE_NOT_ALLOWED -> EstReply.error(403, sentence);
      // it collides with what is there: with another key it may be granted
      case KEY_BELONGS_TO_ANOTHER -> EstReply.error(409, sentence);
      // our fault, not the device's
      case ISSUER_NOT_VALID, PROFILE_UNSOUND, CLOCK_NOT_TRUSTED ->
          EstReply.error(503, sentence, retryAfter);
    };
  }
}
