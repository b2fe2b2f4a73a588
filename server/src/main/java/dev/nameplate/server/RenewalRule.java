package dev.nameplate.server;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.StatusSource;
import dev.nameplate.ca.x509.Certificate;
import java.time.Duration;
import java.time.Instant;

/// When a certificate of our own is replaced: a third of its life or less is left, or somebody
/// revoked it.
record RenewalRule(StatusSource statuses) {

  boolean isDue(Authority issuer, Certificate certificate, Instant now) {
    var life = Duration.between(certificate.notBefore(), certificate.notAfter());
    return !now.isBefore(certificate.notAfter().minus(life.dividedBy(3)))
        || statuses.status(issuer.id(), certificate.serial()) instanceof CertificateStatus.Revoked;
  }
}
