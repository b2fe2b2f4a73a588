package dev.nameplate.est;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;

/// `POST /serverkeygen`.
@Path(".well-known/est")
@Consumes("application/pkcs10")
public final class ServerKeygen {

  private final Operations operations;

  ServerKeygen(Operations operations) {
    this.operations = operations;
  }

  @POST
  @Path("serverkeygen")
  public Response post(@Context HttpServletRequest request, InputStream body) {
    return post(operations.settings().defaultLabel(), request, body);
  }

  @POST
  @Path("{label}/serverkeygen")
  public Response post(
      @PathParam("label") String label, @Context HttpServletRequest request, InputStream body) {
    try {
      // to its end before anybody is refused: what is left unread would cost the connection
      var posted = Base64Body.read(body, request.getContentLengthLong());
      var outcome = operations.serverKeygen(label, Http.peer(request), posted);
      return EstReply.of(outcome, posted.lines());
    } catch (UnreadableBodyException unreadable) {
      return EstReply.error(unreadable.status(), unreadable.reason());
    }
  }
}
