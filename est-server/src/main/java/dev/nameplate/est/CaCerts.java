package dev.nameplate.est;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

/// `GET /cacerts`.
@Path(".well-known/est")
public final class CaCerts {

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
    return EstReply.of(
        operations.caCerts(label), Http.lines(operations.settings(), label, userAgent));
  }
}
