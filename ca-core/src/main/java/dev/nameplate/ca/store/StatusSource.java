package dev.nameplate.ca.store;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.x509.SerialNumber;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Answers what OCSP asks. May be called from many threads at once.
public interface StatusSource {

  /// @throws StoreException if it cannot be known now
  CertificateStatus status(IssuerId issuer, SerialNumber serial);

  /// The same for many, of which each is in the answer.
  ///
  /// @throws StoreException if they cannot be known now
  default Map<SerialNumber, CertificateStatus> statuses(
      IssuerId issuer, Set<SerialNumber> serials) {
    return serials.stream()
        .collect(Collectors.toMap(Function.identity(), serial -> status(issuer, serial)));
  }
}
