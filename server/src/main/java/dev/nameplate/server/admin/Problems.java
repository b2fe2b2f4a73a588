package dev.nameplate.server.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import dev.nameplate.ca.revocation.CrlRefusedException;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.StoreException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/// The one place in which something that went wrong becomes an answer: `application/problem+json`
/// (RFC 9457), without a word about our insides.
final class Problems implements ExceptionMapper<Throwable> {

  /// The key of the request id in the logging context.
  static final String REQUEST_ID = "request";

  private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
  private static final String RETRY_AFTER_SECONDS = "5";

  @Override
  public Response toResponse(Throwable thrown) {
    return switch (thrown) {
      case ProblemException problem -> problem(problem);
      case JsonProcessingException malformed ->
          answer(400, "invalid_request", describe(malformed)).build();
      // the one before stays: nothing that trying again would change
      case CrlRefusedException refused -> {
        LOG.error("a CRL was refused", refused);
        yield answer(409, "crl_refused", Objects.toString(refused.getMessage(), "")).build();
      }
      case StoreException away -> unavailable("the store cannot do its work now", away);
      case SigningException away -> unavailable("the signing token cannot do its work now", away);
      case WebApplicationException http -> http(http);
      default -> {
        LOG.error("a request failed", thrown);
        yield answer(500, "internal", "this is our fault; the server's log says more").build();
      }
    };
  }

  private static Response problem(ProblemException problem) {
    var answer = answer(problem.status(), problem.code(), problem.detail());
    problem
        .retryAfter()
        .ifPresent(wait -> answer.header(HttpHeaders.RETRY_AFTER, wait.toSeconds() + 1));
    return answer.build();
  }

  private static Response unavailable(String detail, RuntimeException why) {
    LOG.error("a request could not be served: {}", detail, why);
    return answer(503, "unavailable", detail)
        .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
        .build();
  }

  /// What JAX-RS found by itself: no such route, method or media type.
  private static Response http(WebApplicationException http) {
    int status = http.getResponse().getStatus();
    var reason = Objects.toString(http.getResponse().getStatusInfo().getReasonPhrase(), "");
    var code = reason.toLowerCase(Locale.ROOT).replaceAll("[^a-z]+", "_");
    var answer = answer(status, code, reason);
    var allow = http.getResponse().getHeaderString(HttpHeaders.ALLOW);
    return (allow == null ? answer : answer.header(HttpHeaders.ALLOW, allow)).build();
  }

  /// Names the field, and never repeats its value.
  private static String describe(JsonProcessingException malformed) {
    if (!(malformed instanceof JsonMappingException mapping)) {
      var location = malformed.getLocation();
      return location == null
          ? "the body is not JSON"
          : "the body is not JSON: line "
              + location.getLineNr()
              + ", column "
              + location.getColumnNr();
    }
    var field =
        mapping.getPath().stream()
            .map(JsonMappingException.Reference::getFieldName)
            .filter(Objects::nonNull)
            .collect(Collectors.joining("."));
    if (mapping instanceof UnrecognizedPropertyException) {
      return "unknown field " + field;
    }
    return field.isEmpty()
        ? "the body is not the JSON object that is wanted here"
        : "field " + field + " has a value of the wrong kind";
  }

  private static Response.ResponseBuilder answer(int status, String code, String detail) {
    var known = Response.Status.fromStatusCode(status);
    var title = known == null ? "Error" : known.getReasonPhrase();
    var requestId = Objects.toString(MDC.get(REQUEST_ID), "");
    return Response.status(status)
        .type(MediaType.valueOf(AdminApi.PROBLEM_JSON))
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .entity(new AdminApi.Problem("about:blank", title, status, detail, code, requestId));
  }
}
