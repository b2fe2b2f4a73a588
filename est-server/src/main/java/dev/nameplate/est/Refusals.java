package dev.nameplate.est;

import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.est.UnauthenticatedRefusals.Kind;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Locale;

/// Turns refusals into answers, in this one place, and counts them by reason.
final class Refusals {

  private final UnauthenticatedRefusals strangers;
  private final MeterRegistry meters;
  private final Duration retryAfter;

  Refusals(UnauthenticatedRefusals strangers, MeterRegistry meters, Duration retryAfter) {
    this.strangers = strangers;
    this.meters = meters;
    this.retryAfter = retryAfter;
  }

  /// Counts the refusal of somebody who proved to be nobody.
  void count(Kind kind) {
    strangers.count(kind);
    increment(kind);
  }

  Outcome outcome(Refusal refusal) {
    increment(refusal.reason());
    var sentence = "Refused: " + refusal.detail() + ".";
    return switch (refusal.reason()) {
      // we know who asks, and a rule says no: asking again will not help
      case UNKNOWN_OWNER,
          OWNER_RETIRED,
          OWNER_SUSPENDED,
          NAME_RETIRED,
          KEY_RETIRED,
          IDEVID_OF_ANOTHER,
          IDEVID_RETIRED,
          SECRET_SPENT,
          SECRET_EXPIRED,
          CREDENTIAL_NOT_ACCEPTED,
          PROFILE_NOT_ALLOWED,
          SUBJECT_MISMATCH,
          NAME_NOT_ALLOWED,
          EXTENSION_NOT_ALLOWED,
          REKEY_REQUIRED,
          TOO_EARLY,
          RESERVATION_VOIDED,
          REQUEST_DENIED,
          LINKING_REQUIRED,
          LINKING_FAILED ->
          Outcome.Refused.of(403, sentence);
      // the request is well-formed and its key sound (a key that is not is a 400), but the profile
      // wants another type: a rule, too
      case KEY_TYPE_NOT_ALLOWED -> Outcome.Refused.of(403, sentence);
      // it collides with what is there: with another key it may be granted
      case KEY_BELONGS_TO_ANOTHER -> Outcome.Refused.of(409, sentence);
      // we know who asks, but not for what
      case MALFORMED_REQUEST ->
          Outcome.Refused.of(400, "Not acceptable as a request: " + refusal.detail() + ".");
      // it passes when operators have decided
      case APPROVAL_QUEUE_FULL -> Outcome.Refused.later(503, sentence, retryAfter);
      // our fault, not the device's
      case ISSUER_NOT_VALID, PROFILE_UNSOUND, CLOCK_NOT_TRUSTED ->
          Outcome.Refused.later(503, sentence, retryAfter);
    };
  }

  /// The same for CMC (RFC 5272 section 6.1.4), next to the status.
  static CmcFailInfo failInfo(Refusal.Reason reason) {
    return switch (reason) {
      case UNKNOWN_OWNER,
          OWNER_RETIRED,
          OWNER_SUSPENDED,
          NAME_RETIRED,
          IDEVID_OF_ANOTHER,
          IDEVID_RETIRED,
          SECRET_SPENT,
          SECRET_EXPIRED,
          CREDENTIAL_NOT_ACCEPTED,
          PROFILE_NOT_ALLOWED,
          SUBJECT_MISMATCH,
          NAME_NOT_ALLOWED ->
          CmcFailInfo.BAD_IDENTITY;
      case KEY_RETIRED, KEY_BELONGS_TO_ANOTHER, REKEY_REQUIRED -> CmcFailInfo.NO_KEY_REUSE;
      case KEY_TYPE_NOT_ALLOWED -> CmcFailInfo.BAD_ALG;
      case EXTENSION_NOT_ALLOWED -> CmcFailInfo.UNSUPPORTED_EXT;
      case LINKING_REQUIRED -> CmcFailInfo.POP_REQUIRED;
      case LINKING_FAILED -> CmcFailInfo.POP_FAILED;
      case MALFORMED_REQUEST, TOO_EARLY, RESERVATION_VOIDED, REQUEST_DENIED ->
          CmcFailInfo.BAD_REQUEST;
      case APPROVAL_QUEUE_FULL -> CmcFailInfo.TRY_LATER;
      case ISSUER_NOT_VALID, PROFILE_UNSOUND, CLOCK_NOT_TRUSTED -> CmcFailInfo.INTERNAL_CA_ERROR;
    };
  }

  /// A secret was not looked at.
  static Outcome throttled(Duration retryAfter) {
    return Outcome.Refused.later(
        429, "Too many wrong enrollment secrets; try again later.", retryAfter);
  }

  private void increment(Enum<?> reason) {
    Counter.builder("nameplate.est.refusals")
        .description("Refused EST requests, by reason")
        .tag("reason", reason.name().toLowerCase(Locale.ROOT))
        .register(meters)
        .increment();
  }
}
