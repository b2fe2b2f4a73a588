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

/// Enrollment (RFC 7030 section 4.2.1): a certificate for whoever shows a one-time secret or a
/// valid certificate.
@Path(".well-known/est")
@Consumes("application/pkcs10")
public final class SimpleEnroll {

  private final Issuance issuance;

  SimpleEnroll(Issuance issuance) {
    this.issuance = issuance;
  }

  @POST
  @Path("simpleenroll")
  public Response post(@Context HttpServletRequest request, InputStream body) {
    return post(issuance.defaultLabel(), request, body);
  }

  @POST
  @Path("{label}/simpleenroll")
  public Response post(
      @PathParam("label") String label, @Context HttpServletRequest request, InputStream body) {
    return issuance.answer(label, request, body, Purpose.ENROLL);
  }
}
