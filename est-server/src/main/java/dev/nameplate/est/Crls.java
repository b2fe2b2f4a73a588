package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.nameplate.ca.x509.Der;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// `GET /crls` (RFC 8295 section 2.4): the CRLs of the label's authorities, for devices that reach
/// nothing but the EST server. Anybody may ask; a CRL is public.
@Path(".well-known/est")
public final class Crls {

  /// An answer, and what it was made of.
  private record Encoded(List<Der> crls, String body) {}

  private final EstSettings settings;
  private final CrlBundle bundle;

  /// One for each label, which are few.
  private final Map<String, Encoded> answers = new ConcurrentHashMap<>();

  Crls(EstSettings settings, CrlBundle bundle) {
    this.settings = settings;
    this.bundle = bundle;
  }

  @GET
  @Path("crls")
  public Response get() {
    return get(settings.defaultLabel());
  }

  @GET
  @Path("{label}/crls")
  public Response get(@PathParam("label") String label) {
    var profile = settings.profile(label);
    if (profile.isEmpty()) {
      return EstReply.error(404, "There is no such EST label here.");
    }
    var crls = bundle.of(profile.get());
    if (crls.isEmpty()) {
      return EstReply.error(404, "No CRL was published yet.");
    }
    var answer =
        answers.compute(
            label,
            (_, known) -> known != null && known.crls().equals(crls) ? known : encoded(crls));
    return EstReply.lists(answer.body().getBytes(US_ASCII));
  }

  private static Encoded encoded(List<Der> crls) {
    var message = CertsOnly.encodeCrls(crls);
    return new Encoded(
        crls, new String(Base64Body.encode(message, Base64Body.Lines.ONE), US_ASCII));
  }
}
