package dev.nameplate.est;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Distribution of CA certificates (RFC 7030 section 4.1). Anybody may ask: a device has to learn
/// whom to trust before it is anybody.
@Path(".well-known/est")
public final class CaCerts {

  /// libest, which reads no line that is longer than 1024 characters.
  private static final String NEEDS_SHORT_LINES = "cisco est client";

  private final EstSettings settings;
  private final TrustBundle trust;

  CaCerts(EstSettings settings, TrustBundle trust) {
    this.settings = settings;
    this.trust = trust;
  }

  @GET
  @Path("cacerts")
  public Response get(@HeaderParam(HttpHeaders.USER_AGENT) @Nullable String userAgent) {
    return get(settings.defaultLabel(), userAgent);
  }

  @GET
  @Path("{label}/cacerts")
  public Response get(
      @PathParam("label") String label,
      @HeaderParam(HttpHeaders.USER_AGENT) @Nullable String userAgent) {
    return settings
        .profile(label)
        .map(profile ->
            EstReply.certificates(EstReply.CACERTS, trust.of(profile), lines(label, userAgent)))
        .orElseGet(EstReply::noSuchLabel);
  }

  private Base64Body.Lines lines(String label, @Nullable String userAgent) {
    var wrapped =
        settings.wrapped().contains(label)
            || (userAgent != null
                && userAgent.toLowerCase(Locale.ROOT).startsWith(NEEDS_SHORT_LINES));
    return wrapped ? Base64Body.Lines.WRAPPED : Base64Body.Lines.ONE;
  }
}
