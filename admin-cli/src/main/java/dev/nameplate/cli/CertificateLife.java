package dev.nameplate.cli;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// How much of a certificate's life is left.
record CertificateLife(Instant notBefore, Instant notAfter, Instant now) {

  private static final InstantSource CLOCK = InstantSource.system();

  static CertificateLife of(X509Certificate certificate) {
    return new CertificateLife(
        certificate.getNotBefore().toInstant(),
        certificate.getNotAfter().toInstant(),
        CLOCK.instant());
  }

  /// Whether less than a third is left.
  boolean isDue() {
    var life = Duration.between(notBefore, notAfter);
    return Duration.between(now, notAfter).multipliedBy(3).compareTo(life) < 0;
  }

  /// What an administrator has to be told of their own.
  Optional<String> worry() {
    if (!isDue()) {
      return Optional.empty();
    }
    return Optional.of(
        now.isAfter(notAfter)
            ? "your certificate as administrator ended at "
                + notAfter
                + "; a security officer makes a secret for a new one: nameplate admin secret NAME"
            : "your certificate as administrator ends at %s, in %d days; renew it: nameplate admin renew"
                .formatted(notAfter, now.until(notAfter, ChronoUnit.DAYS)));
  }
}
