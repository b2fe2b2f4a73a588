package dev.nameplate.ocsp;

import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.x509.Der;

/// How a CertID names an issuer: both hashes count, so that two issuers of one name never mix.
///
/// @param algorithm the OID of the hash
/// @param name hash of the issuer's name, in hex
/// @param key hash of the content of the issuer key's BIT STRING, in hex
record IssuerHashes(String algorithm, String name, String key) {

  static IssuerHashes of(Issuer issuer, CertIdHash hash) {
    Der name = issuer.name().der();
    return new IssuerHashes(
        hash.oid(), hash.hex(name.toByteArray()), hash.hex(issuer.publicKey().keyBits()));
  }
}
