package dev.nameplate.est.coap;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.nameplate.est.CertsOnly;
import dev.nameplate.est.Outcome;
import java.time.Duration;
import java.util.List;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.Response;

/// The answers of EST as CoAP: DER without base64 (RFC 9148 section 4.3), refusals as a code with a
/// sentence as diagnostic payload.
final class CoapReply {

  /// One packet: nobody fetches an error in blocks.
  private static final int LONGEST_SENTENCE = 400;

  private CoapReply() {}

  /// @param success 2.05 to a GET, 2.04 to a POST (RFC 9148 section 4.5)
  /// @param format the Content-Format in which it gets a certificate
  static Response of(Outcome outcome, ResponseCode success, int format) {
    return switch (outcome) {
      case Outcome.Authorities(var certificates) ->
          content(success, ContentFormat.CERTS_ONLY, CertsOnly.encode(certificates).toByteArray());
      case Outcome.Issued(var certificate) ->
          format == ContentFormat.PKIX_CERT
              ? content(success, format, certificate.der().toByteArray())
              : content(success, format, CertsOnly.encode(List.of(certificate)).toByteArray());
      case Outcome.Expected(var attributes) ->
          content(success, ContentFormat.CSR_ATTRIBUTES, attributes.der().toByteArray());
      case Outcome.Queued(var retryAfter) ->
          later(ResponseCode.SERVICE_UNAVAILABLE, "The request waits for an operator.", retryAfter);
      case Outcome.KeyGenerated(var key, var certificate) -> {
        try (key) {
          yield content(
              success, ContentFormat.MULTIPART, KeyParts.encode(key, certificate, format));
        }
      }
      case Outcome.Unauthenticated(var sentence, _) -> error(ResponseCode.UNAUTHORIZED, sentence);
      case Outcome.Refused(var status, var sentence, var retryAfter) ->
          retryAfter
              .map(wait -> later(code(status), sentence, wait))
              .orElseGet(() -> error(code(status), sentence));
    };
  }

  static Response error(ResponseCode code, String sentence) {
    var response = new Response(code);
    var text =
        sentence.length() > LONGEST_SENTENCE ? sentence.substring(0, LONGEST_SENTENCE) : sentence;
    response.setPayload(text.replaceAll("\\p{Cntrl}", "?").getBytes(UTF_8));
    return response;
  }

  /// Max-Age says when asking again may help (RFC 9148 section 4.6).
  static Response later(ResponseCode code, String sentence, Duration wait) {
    var response = error(code, sentence);
    response.getOptions().setMaxAge(Math.max(1, wait.plusMillis(999).toSeconds()));
    return response;
  }

  private static Response content(ResponseCode success, int format, byte[] payload) {
    var response = new Response(success);
    response.getOptions().setContentFormat(format);
    response.setPayload(payload);
    return response;
  }

  /// What an HTTP status is called here.
  private static ResponseCode code(int status) {
    return switch (status) {
      case 400 -> ResponseCode.BAD_REQUEST;
      case 401 -> ResponseCode.UNAUTHORIZED;
      case 403 -> ResponseCode.FORBIDDEN;
      case 404 -> ResponseCode.NOT_FOUND;
      case 409 -> ResponseCode.CONFLICT;
      case 413 -> ResponseCode.REQUEST_ENTITY_TOO_LARGE;
      case 415 -> ResponseCode.UNSUPPORTED_CONTENT_FORMAT;
      case 429 -> ResponseCode.TOO_MANY_REQUESTS;
      case 503 -> ResponseCode.SERVICE_UNAVAILABLE;
      default -> status < 500 ? ResponseCode.BAD_REQUEST : ResponseCode.INTERNAL_SERVER_ERROR;
    };
  }
}
