package dev.nameplate.ca.enrollment;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.profile.CertificateProfile;

/// Says which authority signs certificates of a profile. May be called from many threads at once.
@FunctionalInterface
public interface Authorities {

  /// @throws dev.nameplate.ca.signing.SigningException if its key is away
  Authority of(CertificateProfile profile);
}
