package dev.nameplate.est;

import dev.nameplate.est.RenewalInfo.Answer;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;

/// `GET /renewal-info/{certificate}`: JSON, not base64. Anybody may ask, as with OCSP; the answer
/// says no more than that there is such a certificate, and when it should be renewed. A label makes
/// no difference: the certificate has one already.
@Path(".well-known/est")
public final class RenewalInfoResource {

  private final EstSettings settings;
  private final RenewalInfo renewals;

  RenewalInfoResource(EstSettings settings, RenewalInfo renewals) {
    this.settings = settings;
    this.renewals = renewals;
  }

  @GET
  @Path("renewal-info/{certificate}")
  public Response get(@PathParam("certificate") String certificate) {
    return switch (renewals.of(certificate)) {
      case Answer.Window(var start, var end, var retryAfter) ->
          EstReply.json(
              "{\"suggestedWindow\":{\"start\":\"" + start + "\",\"end\":\"" + end + "\"}}\n",
              retryAfter);
      case Answer.Unknown() -> EstReply.error(404, "There is no such certificate from here.");
      case Answer.Malformed(var why) ->
          EstReply.error(400, "This names no certificate: " + why + ".");
    };
  }

  @GET
  @Path("{label}/renewal-info/{certificate}")
  public Response get(
      @PathParam("label") String label, @PathParam("certificate") String certificate) {
    return settings.profile(label).isPresent()
        ? get(certificate)
        : EstReply.error(404, "There is no such EST label here.");
  }
}
