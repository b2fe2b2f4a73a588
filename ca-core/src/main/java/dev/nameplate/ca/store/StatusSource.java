package dev.nameplate.ca.store;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.x509.SerialNumber;

/// Answers what OCSP asks. May be called from many threads at once.
public interface StatusSource {

  /// @throws StoreException if it cannot be known now
  CertificateStatus status(IssuerId issuer, SerialNumber serial);
}
