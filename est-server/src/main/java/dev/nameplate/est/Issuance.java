package dev.nameplate.est;

import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.enrollment.EnrollmentResult;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.MalformedCsrException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.List;

/// What the operations that issue have in common: everything but what they are for.
final class Issuance {

  private final EstSettings settings;
  private final Authenticator authenticator;
  private final Enrollment enrollment;
  private final Refusals refusals;

  Issuance(
      EstSettings settings, Authenticator authenticator, Enrollment enrollment, Refusals refusals) {
    this.settings = settings;
    this.authenticator = authenticator;
    this.enrollment = enrollment;
    this.refusals = refusals;
  }

  Response answer(String label, HttpServletRequest request, InputStream body, Purpose purpose) {
    var profile = settings.profile(label);
    if (profile.isEmpty()) {
      return EstReply.noSuchLabel();
    }
    try {
      // to its end before anybody is refused: what is left unread would cost the connection
      var posted = Base64Body.read(body, request.getContentLengthLong());
      return switch (authenticator.identify(request, purpose)) {
        case Caller.Rejected(var reply) -> reply;
        case Caller.Known(var requester) -> {
          var csr = Csr.parse(posted.decode());
          if (csr.isLinked()) {
            // RFC 7030 section 3.5: what is there has to be verified, and we cannot yet
            yield EstReply.error(
                400,
                "Linking a request to its TLS connection is not offered: no challengePassword.");
          }
          yield issue(new IssuanceRequest(requester, csr, profile.get(), purpose), posted.lines());
        }
      };
    } catch (UnreadableBodyException unreadable) {
      return EstReply.error(unreadable.status(), unreadable.reason());
    } catch (MalformedCsrException malformed) {
      return EstReply.error(400, "Not acceptable as a request: " + malformed.reason() + ".");
    }
  }

  String defaultLabel() {
    return settings.defaultLabel();
  }

  private Response issue(IssuanceRequest request, Base64Body.Lines lines) {
    return switch (enrollment.enroll(request)) {
      case EnrollmentResult.Issued(var certificate, _) ->
          EstReply.certificates(EstReply.ENROLLED, List.of(certificate), lines);
      case EnrollmentResult.Refused(var refusal) -> refusals.reply(refusal);
      case EnrollmentResult.InProgress(var retryAfter) ->
          EstReply.error(503, "The same request is being answered right now.", retryAfter);
    };
  }
}
