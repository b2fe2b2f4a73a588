package dev.nameplate.est;

import dev.nameplate.ca.enrollment.IssuanceHeldException;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.StoreException;
import jakarta.ws.rs.ProcessingException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Turns everything that was thrown into an answer. Whatever is wrong with us is logged here, once,
/// and not told to the client.
final class Faults implements ExceptionMapper<Throwable> {

  private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

  private final Absences absences = new Absences(LOG);
  private final Duration retryAfter;

  Faults(Duration retryAfter) {
    this.retryAfter = retryAfter;
  }

  @Override
  public Response toResponse(Throwable thrown) {
    return switch (thrown) {
      case WebApplicationException http -> ofHttp(http.getResponse());
      case StoreException away -> unavailable("the store", away);
      case IssuanceHeldException held -> {
        LOG.warn("An EST request was not answered: {}", held.getMessage());
        yield EstReply.error(503, String.valueOf(held.getMessage()), retryAfter);
      }
      case SigningException away -> unavailable("the signing key", away);
      // Jersey looks whether there is a body, before a resource reads it
      case ProcessingException body when body.getCause() instanceof IOException broken ->
          ofBody(UnreadableBodyException.of(broken));
      default -> {
        LOG.error("An EST request failed for a reason that nobody thought of", thrown);
        yield EstReply.error(500, "The server failed to answer.");
      }
    };
  }

  private Response unavailable(String what, RuntimeException away) {
    absences.say("An EST request", what, away);
    return EstReply.error(503, "The server cannot answer now, please ask again.", retryAfter);
  }

  private static Response ofBody(UnreadableBodyException unreadable) {
    return EstReply.error(unreadable.status(), unreadable.reason());
  }

  /// What JAX-RS found wrong before one of our methods was reached.
  private static Response ofHttp(Response found) {
    var status = found.getStatus();
    var sentence =
        switch (status) {
          case 404 -> "There is no such EST operation here.";
          case 405 -> "This EST operation is not called with this method.";
          case 415 -> "This EST operation takes application/pkcs10 only.";
          default -> "The request cannot be answered (" + status + ").";
        };
    var reply = Response.fromResponse(EstReply.error(status, sentence));
    Optional.ofNullable(found.getHeaderString(HttpHeaders.ALLOW))
        .ifPresent(allow -> reply.header(HttpHeaders.ALLOW, allow));
    return reply.build();
  }
}
