package dev.nameplate.est;

import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.x509.Der;
import java.util.List;

/// What `/crls` hands out. May be called from many threads at once, and by everybody: it answers
/// from copies that are seldom read anew.
@FunctionalInterface
public interface CrlBundle {

  /// The newest CRL of every authority that is needed to check a certificate of this profile; empty
  /// if there is none yet.
  ///
  /// @throws dev.nameplate.ca.store.StoreException if it cannot be known now
  List<Der> of(CertificateProfile profile);
}
