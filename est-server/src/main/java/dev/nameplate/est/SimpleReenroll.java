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

/// Re-enrollment (RFC 7030 section 4.2.2): the successor of the certificate that the client
/// presents.
@Path(".well-known/est")
@Consumes("application/pkcs10")
public final class SimpleReenroll {

  private final Issuance issuance;

  SimpleReenroll(Issuance issuance) {
    this.issuance = issuance;
  }

  @POST
  @Path("simplereenroll")
  public Response post(@Context HttpServletRequest request, InputStream body) {
    return post(issuance.defaultLabel(), request, body);
  }

  @POST
  @Path("{label}/simplereenroll")
  public Response post(
      @PathParam("label") String label, @Context HttpServletRequest request, InputStream body) {
    return issuance.answer(label, request, body, Purpose.REENROLL);
  }
}
