package dev.nameplate.server;

import dev.nameplate.ca.enrollment.Authorities;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.StatusSource;

/// The authorities for devices: a certificate under a revoked one would be worth nothing from its
/// first moment on. Our own (OCSP signers, TLS) are issued all the same: somebody has to say it.
///
/// @param all those that there are
record UnrevokedAuthorities(LiveAuthorities all, StatusSource statuses) implements Authorities {

  /// @throws SigningException if there is none, or it is revoked
  @Override
  public Authority of(CertificateProfile profile) {
    var authority = all.of(profile);
    var certificate = authority.certificate();
    var revoked =
        certificate
            .flatMap(all::issuerOf)
            .map(by -> statuses.status(by.id(), certificate.orElseThrow().serial()))
            .filter(CertificateStatus.Revoked.class::isInstance);
    if (revoked.isPresent()) {
      throw new SigningException(
          "the certificate of "
              + authority.issuer().name()
              + " is revoked: it certifies no device");
    }
    return authority;
  }
}
