package dev.nameplate.est;

import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;

/// `POST /simpleenroll` and `/simplereenroll`.
@Path(".well-known/est")
@Consumes("application/pkcs10")
public final class SimpleEnroll {

  private final Operations operations;

  SimpleEnroll(Operations operations) {
    this.operations = operations;
  }

  @POST
  @Path("simpleenroll")
  public Response enroll(@Context HttpServletRequest request, InputStream body) {
    return answer(operations.settings().defaultLabel(), request, body, Purpose.ENROLL);
  }

  @POST
  @Path("{label}/simpleenroll")
  public Response enroll(
      @PathParam("label") String label, @Context HttpServletRequest request, InputStream body) {
    return answer(label, request, body, Purpose.ENROLL);
  }

  @POST
  @Path("simplereenroll")
  public Response reenroll(@Context HttpServletRequest request, InputStream body) {
    return answer(operations.settings().defaultLabel(), request, body, Purpose.REENROLL);
  }

  @POST
  @Path("{label}/simplereenroll")
  public Response reenroll(
      @PathParam("label") String label, @Context HttpServletRequest request, InputStream body) {
    return answer(label, request, body, Purpose.REENROLL);
  }

  private Response answer(
      String label, HttpServletRequest request, InputStream body, Purpose purpose) {
    try {
      // to its end before anybody is refused: what is left unread would cost the connection
      var posted = Base64Body.read(body, request.getContentLengthLong());
      var outcome = operations.enroll(label, Http.peer(request), posted, purpose);
      return EstReply.of(outcome, posted.lines());
    } catch (UnreadableBodyException unreadable) {
      return EstReply.error(unreadable.status(), unreadable.reason());
    }
  }
}
