package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.policy.Refusal.Reason;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Every reason for which a request is refused, as a page: its status, whether to ask again, and
/// what a field engineer reads.
final class RefusalsPageTest {

  /// The module's folder is where surefire runs tests.
  private static final Path PAGE = Path.of("..", "docs", "refusals.md");

  private final Refusals refusals =
      new Refusals(
          new UnauthenticatedRefusals(), new SimpleMeterRegistry(), Duration.ofSeconds(30));

  @Test
  void thePageSaysWhatEveryRefusalIsAnsweredWith() throws IOException {
    var page =
        new StringBuilder(
            """
            # Refusals

            Why a request over EST is refused by somebody whom we know. The body of the answer is one
            sentence; it ends with the id of the request, `(request 3fa2...)`, which is also in the
            header `X-Request-Id`, in every log line and in the audit log, with the same reason and the
            same sentence. `nameplate device explain DEVICE` shows them with what to do.

            Who is not known gets a 401 (no or a wrong credential), a 429 (too many wrong secrets) or a
            403 (a certificate that was not issued here); these are counted, not recorded one by one.

            CMC is the CMCFailInfo (RFC 5272 section 6.1.4) that says the same in the answer of
            `fullcmc`; the sentence is its statusString.

            This page is generated from the code; `./build fix` renews it.

            | Reason | Status | CMC | Ask again | For example |
            |---|---|---|---|---|
            """);
    for (var reason : Reason.values()) {
      page.append(row(reason));
    }
    var actual = page.toString();
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(PAGE, actual);
    }

    assertThat(Files.exists(PAGE) ? Files.readString(PAGE) : "")
        .as("%s is not what the code says now; renew it with: ./build fix", PAGE)
        .isEqualTo(actual);
  }

  @Test
  void noTwoReasonsAreToldInTheSameWords() {
    assertThat(Arrays.stream(Reason.values()).map(RefusalsPageTest::example))
        .doesNotHaveDuplicates();
  }

  private String row(Reason reason) {
    var outcome = refusals.outcome(new Refusal(reason, example(reason)));
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    var refused = (Outcome.Refused) outcome;
    return "| `%s` | %d | %s | %s | %s |\n"
        .formatted(
            reason,
            refused.status(),
            Refusals.failInfo(reason).rfcName(),
            refused.retryAfter().isPresent() ? "later" : "not the same",
            refused.sentence());
  }

  /// What the code says, in a case of each.
  private static String example(Reason reason) {
    return switch (reason) {
      case UNKNOWN_OWNER -> "device:pump-0017 is not registered";
      case OWNER_RETIRED -> "device:pump-0017 is retired";
      case OWNER_SUSPENDED -> "device:pump-0017 is suspended";
      case NAME_RETIRED -> "the name of device:pump-0017 was retired";
      case KEY_RETIRED -> "this public key was retired, and is never used again; make a new key";
      case KEY_BELONGS_TO_ANOTHER -> "this public key belongs to another owner; make a new key";
      case KEY_TYPE_NOT_ALLOWED -> "profile sensor does not allow ec-p256 keys";
      case IDEVID_OF_ANOTHER ->
          "device:pump-0017 came with another IDevID before: two devices have one serial number";
      case IDEVID_RETIRED -> "this IDevID is of a device that was retired";
      case SECRET_SPENT -> "the enrollment secret is spent; a new one is needed";
      case SECRET_EXPIRED ->
          "the enrollment secret expired at 2026-11-23T08:00:00Z; a new one is needed";
      case CREDENTIAL_NOT_ACCEPTED ->
          "the client certificate was revoked at 2026-11-23T08:00:00Z (keyCompromise)";
      case PROFILE_NOT_ALLOWED -> "device:pump-0017 is registered for device, not for sensor";
      case SUBJECT_MISMATCH -> "the CSR's subject cn=pump-1 is not the enrolled cn=pump-0017";
      case NAME_NOT_ALLOWED -> "profile gateway does not allow the dNSName bank.example";
      case EXTENSION_NOT_ALLOWED -> "profile gateway does not issue extension 2.5.29.19";
      case REKEY_REQUIRED -> "a renewal needs a new key";
      case TOO_EARLY -> "renewal begins at 2026-11-23T08:00:00Z, and it is 2026-11-20T08:00:00Z";
      case ISSUER_NOT_VALID -> "the certificate of cn=Acme Issuing is not valid now";
      case PROFILE_UNSOUND -> "profile device would break the rules: keyCertSign without CA:TRUE";
      case RESERVATION_VOIDED ->
          "device:pump-0017 was retired, or another request took the place of this one";
      case CLOCK_NOT_TRUSTED -> "the clock of the server is not trusted";
      case REQUEST_DENIED -> "an operator denied approval 7k2m9qxd: not on the delivery note";
      case APPROVAL_QUEUE_FULL ->
          "too many requests wait for an operator's approval; this one was not queued, ask again"
              + " later";
      case LINKING_REQUIRED -> "label linked wants requests that are tied to their TLS connection";
      case LINKING_FAILED -> "challengePassword is not the tls-exporter of this connection";
      case MALFORMED_REQUEST -> "the signature does not prove possession of the key";
    };
  }
}
