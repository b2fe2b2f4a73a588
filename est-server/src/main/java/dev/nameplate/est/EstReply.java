package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.slf4j.MDC;

/// The answers of EST as HTTP, in the one shape that every tried client can read: each has its
/// Content-Length, and so is never chunked; none has a charset where a client would stumble over
/// it; there are no more headers than these.
final class EstReply {

  /// RFC 7030 section 4.1.3.
  private static final String CACERTS = "application/pkcs7-mime";

  /// RFC 7030 section 4.2.3.
  static final String ENROLLED = "application/pkcs7-mime; smime-type=certs-only";

  /// RFC 7030 section 4.3.2.
  private static final String CMC = "application/pkcs7-mime; smime-type=CMC-response";

  /// RFC 7030 section 4.5.2.
  private static final String CSR_ATTRIBUTES = "application/csrattrs";

  /// Where the server keeps the id of the request that a thread is busy with.
  private static final String REQUEST_ID = "request";

  private EstReply() {}

  /// The answer of an operation.
  ///
  /// @param lines how a long body is laid out
  static Response of(Outcome outcome, Base64Body.Lines lines) {
    return switch (outcome) {
      case Outcome.Authorities(var certificates) ->
          base64(CACERTS, CertsOnly.encode(certificates), lines);
      case Outcome.Issued(var certificate) ->
          base64(ENROLLED, CertsOnly.encode(List.of(certificate)), lines);
      case Outcome.Expected(var attributes) -> base64(CSR_ATTRIBUTES, attributes.der(), lines);
      case Outcome.Queued(var retryAfter) -> queued(retryAfter);
      case Outcome.KeyGenerated(var key, var certificate) -> key(key, certificate);
      case Outcome.Unauthenticated(var sentence, var ways) -> challenge(sentence, ways);
      case Outcome.Refused(var status, var sentence, var retryAfter) ->
          retryAfter
              .map(wait -> error(status, sentence, wait))
              .orElseGet(() -> error(status, sentence));
    };
  }

  /// The answer to a Full PKI Request.
  static Response of(CmcAnswer answer, Base64Body.Lines lines) {
    return switch (answer) {
      case CmcAnswer.Simple(var outcome) -> of(outcome, lines);
      case CmcAnswer.Full(var status, var response, var retryAfter) -> {
        var named =
            response.failure().isPresent()
                ? response.saying(withId(response.sentence()))
                : response;
        var reply =
            reply(status, CMC, Base64Body.encode(named.der(), lines))
                .header("Content-Transfer-Encoding", "base64");
        retryAfter.ifPresent(wait -> reply.header(HttpHeaders.RETRY_AFTER, seconds(wait)));
        yield reply.build();
      }
    };
  }

  /// Says in one sentence what is wrong, for whoever reads the log of the client.
  static Response error(int status, String sentence) {
    return text(status, sentence).build();
  }

  /// An error that passes by itself.
  static Response error(int status, String sentence, Duration retryAfter) {
    return text(status, sentence).header(HttpHeaders.RETRY_AFTER, seconds(retryAfter)).build();
  }

  /// 200 (any other success breaks clients).
  private static Response base64(String contentType, Der body, Base64Body.Lines lines) {
    return reply(200, contentType, Base64Body.encode(body, lines))
        // RFC 8951 lets us leave it out, but then Bouncy Castle's client fails
        .header("Content-Transfer-Encoding", "base64")
        .build();
  }

  /// 200 with CRLs (RFC 8295 section 2.4).
  ///
  /// @param body the certs-only message in base64
  static Response lists(byte[] body) {
    return reply(200, ENROLLED, body).header("Content-Transfer-Encoding", "base64").build();
  }

  /// 200 with what is not in base64.
  ///
  /// @param retryAfter when it may be something else
  static Response json(String json, Duration retryAfter) {
    return reply(200, "application/json", json.getBytes(UTF_8))
        .header(HttpHeaders.RETRY_AFTER, retryAfter.toSeconds())
        .build();
  }

  /// 202 without a body (RFC 7030 section 4.2.3): Bouncy Castle's client fails on one.
  private static Response queued(Duration retryAfter) {
    return Response.status(Response.Status.ACCEPTED)
        .header(HttpHeaders.RETRY_AFTER, seconds(retryAfter))
        .header(HttpHeaders.CONTENT_LENGTH, 0)
        .build();
  }

  /// 200 with a private key, of which no copy of ours is left when it was sent.
  private static Response key(GeneratedKey key, Certificate certificate) {
    try (key) {
      var body = KeyParts.encode(key, certificate);
      StreamingOutput once =
          out -> {
            try {
              out.write(body);
            } finally {
              Arrays.fill(body, (byte) 0);
            }
          };
      return Response.ok(once)
          .header(HttpHeaders.CONTENT_TYPE, KeyParts.CONTENT_TYPE)
          .header(HttpHeaders.CONTENT_LENGTH, body.length)
          .build();
    }
  }

  /// Asks for a credential; clients like libest send none before they are asked.
  private static Response challenge(String sentence, List<String> ways) {
    var reply = text(401, sentence);
    ways.forEach(way -> reply.header(HttpHeaders.WWW_AUTHENTICATE, way));
    return reply.build();
  }

  private static Response.ResponseBuilder text(int status, String sentence) {
    // what a request said may be quoted in it, but only as one line
    var line = sentence.isEmpty() ? "" : withId(sentence).replaceAll("\\p{Cntrl}", "?") + "\n";
    return reply(status, "text/plain; charset=utf-8", line.getBytes(UTF_8));
  }

  /// Names the request in the sentence, as its log lines, its audit rows and `X-Request-Id` do.
  private static String withId(String sentence) {
    var id = MDC.get(REQUEST_ID);
    if (id == null) {
      return sentence;
    }
    var said = sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    return said + " (request " + id + ").";
  }

  private static long seconds(Duration retryAfter) {
    return Math.max(1, retryAfter.plusMillis(999).toSeconds());
  }

  private static Response.ResponseBuilder reply(int status, String contentType, byte[] body) {
    return Response.status(status)
        .header(HttpHeaders.CONTENT_TYPE, contentType)
        .header(HttpHeaders.CONTENT_LENGTH, body.length)
        .entity(body);
  }
}
