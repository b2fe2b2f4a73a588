package dev.nameplate.server;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.x509.KeyType;

/// Whose the certificates are that a node has for itself.
public final class ServiceOwners {

  private ServiceOwners() {}

  /// Who the OCSP signing keys of a node for an authority belong to. One for each authority: an
  /// owner has one certificate in use, and each of these is.
  public static Owner ocsp(String node, IssuerId issuer) {
    return new Owner(OwnerKind.SERVICE, "ocsp-" + node + "-" + issuer.hex().substring(0, 8));
  }

  /// The same for each type of key that such a node signs with.
  static Owner ocsp(String node, IssuerId issuer, KeyType type) {
    var usual = ocsp(node, issuer);
    return type == KeyType.EC_P256
        ? usual
        : new Owner(usual.kind(), usual.id() + "-" + type.text());
  }

  static Owner ocsp(OcspSignerRecord signer) {
    return ocsp(signer.node(), signer.issuer(), signer.certificate().publicKey().type());
  }

  /// Who the keys belong to with which a node signs documents.
  static Owner signer(String node, SignerPurpose purpose) {
    return new Owner(OwnerKind.SERVICE, purpose.word() + "-" + node);
  }

  /// Who the TLS keys of a node belong to.
  public static Owner tls(String node) {
    return new Owner(OwnerKind.SERVICE, "tls-" + node);
  }
}
