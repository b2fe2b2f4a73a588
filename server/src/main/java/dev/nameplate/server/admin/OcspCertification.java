package dev.nameplate.server.admin;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;

/// Certifies the keys with which nodes sign OCSP answers. Throws [SigningException] or
/// [StoreException] if token or store are away; asking again with the same request is then right.
public interface OcspCertification {

  /// How it went.
  sealed interface Outcome {

    record Certified(Certificate certificate) implements Outcome {}

    /// @param code for machines: `no_issuer`
    record Refused(String code, String detail) implements Outcome {}
  }

  /// A delegated signer for one node and one issuer; the same request again gets the same one.
  ///
  /// @param key where the node says that its key is
  /// @param purpose why, for the audit log
  Outcome certify(String node, IssuerId issuer, Csr request, KeyLocation key, String purpose);
}
