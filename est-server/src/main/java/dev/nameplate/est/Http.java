package dev.nameplate.est;

import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.x509.Der;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.core.HttpHeaders;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads off an HTTP request who sent it.
final class Http {

  /// Set by the TLS listener; the leaf comes first. What a header says counts for nothing.
  private static final String PRESENTED = "jakarta.servlet.request.X509Certificate";

  /// libest, which reads no line that is longer than 1024 characters.
  private static final String NEEDS_SHORT_LINES = "cisco est client";

  private Http() {}

  static Peer peer(HttpServletRequest request) {
    return new Peer(
        Origin.of(request.getAttribute(Origin.ATTRIBUTE)),
        presented(request),
        Optional.ofNullable(request.getHeader(HttpHeaders.AUTHORIZATION))
            .map(header -> new HttpAuthorization(header, request.getMethod(), target(request))),
        () -> binding(request));
  }

  private static String target(HttpServletRequest request) {
    var query = request.getQueryString();
    return query == null ? request.getRequestURI() : request.getRequestURI() + "?" + query;
  }

  private static Optional<ChannelBinding> binding(HttpServletRequest request) {
    return request.getAttribute(ChannelBinding.ATTRIBUTE) instanceof Supplier<?> binding
            && binding.get() instanceof Optional<?> given
        ? given.map(ChannelBinding.class::cast)
        : Optional.empty();
  }

  /// How the answer to a GET is laid out, which shows nothing of how its client does it.
  static Base64Body.Lines lines(EstSettings settings, String label, @Nullable String userAgent) {
    var wrapped =
        settings.wrapped().contains(label)
            || (userAgent != null
                && userAgent.toLowerCase(Locale.ROOT).startsWith(NEEDS_SHORT_LINES));
    return wrapped ? Base64Body.Lines.WRAPPED : Base64Body.Lines.ONE;
  }

  private static List<Der> presented(HttpServletRequest request) {
    return request.getAttribute(PRESENTED) instanceof X509Certificate[] chain
        ? Peer.presented(Arrays.asList(chain))
        : List.of();
  }
}
