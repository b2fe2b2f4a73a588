package dev.nameplate.ca.issuer;

import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.util.Optional;

/// An issuer that can sign now.
///
/// @param certificate its own certificate; empty only while a root signs its own
/// @param scope the CRL on which everything that it issues is listed
/// @param shards on how many other CRLs what it issues now is spread, so that each stays small; 1
///   if on none
public record Authority(
    Issuer issuer, Optional<Certificate> certificate, SigningKey key, CrlScope scope, int shards) {

  public Authority {
    if (!key.publicKey().equals(issuer.publicKey())) {
      throw new IllegalArgumentException("the key of another issuer than " + issuer.name());
    }
    if (shards < 1 || shards > CrlScope.MOST_SHARDS) {
      throw new IllegalArgumentException(shards + " CRL shards");
    }
    if (shards > 1 && !scope.equals(CrlScope.END_ENTITIES)) {
      throw new IllegalArgumentException("only the certificates of end entities are sharded");
    }
  }

  /// With one CRL for everything.
  public Authority(
      Issuer issuer, Optional<Certificate> certificate, SigningKey key, CrlScope scope) {
    this(issuer, certificate, key, scope, 1);
  }

  /// The CRL that a certificate with this serial names, if it is issued now. Serials are random,
  /// and so shards are of the same size.
  public CrlScope scopeOf(SerialNumber serial) {
    return shards == 1
        ? scope
        : CrlScope.shard(serial.value().mod(BigInteger.valueOf(shards)).intValueExact());
  }

  public IssuerId id() {
    return issuer.id();
  }
}
