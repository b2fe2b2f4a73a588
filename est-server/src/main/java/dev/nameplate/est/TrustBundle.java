package dev.nameplate.est;

import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.x509.Certificate;
import java.util.List;

/// What `/cacerts` hands out. May be called from many threads at once.
@FunctionalInterface
public interface TrustBundle {

  /// The present root, and every authority that is needed to chain a certificate of this profile to
  /// it.
  List<Certificate> of(CertificateProfile profile);
}
