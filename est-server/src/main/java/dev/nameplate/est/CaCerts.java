package dev.nameplate.est;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// `GET /cacerts`.
@Path(".well-known/est")
public final class CaCerts {

  /// libest, which reads no line that is longer than 1024 characters.
  private static final String NEEDS_SHORT_LINES = "cisco est client";

  private final Operations operations;

  CaCerts(Operations operations) {
    this.operations = operations;
  }

  @GET
  @Path("cacerts")
  public Response get(@HeaderParam(HttpHeaders.USER_AGENT) @Nullable String userAgent) {
    return get(operations.settings().defaultLabel(), userAgent);
  }

  @GET
  @Path("{label}/cacerts")
  public Response get(
      @PathParam("label") String label,
      @HeaderParam(HttpHeaders.USER_AGENT) @Nullable String userAgent) {
    return EstReply.of(operations.caCerts(label), lines(label, userAgent));
  }

  private Base64Body.Lines lines(String label, @Nullable String userAgent) {
    var wrapped =
        operations.settings().wrapped().contains(label)
            || (userAgent != null
                && userAgent.toLowerCase(Locale.ROOT).startsWith(NEEDS_SHORT_LINES));
    return wrapped ? Base64Body.Lines.WRAPPED : Base64Body.Lines.ONE;
  }
}
