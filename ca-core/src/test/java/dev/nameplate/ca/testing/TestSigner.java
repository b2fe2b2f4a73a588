package dev.nameplate.ca.testing;

import dev.nameplate.ca.signing.CertifiedKey;
import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// A key that signs documents in a node's name, below a root of its own.
public record TestSigner(TestAuthority authority, CertifiedKey key) {

  /// Valid for a year.
  public static TestSigner below(String root, String node, Instant from) {
    return below(TestAuthority.root(root, KeyType.EC_P256, from), node, from);
  }

  public static TestSigner below(TestAuthority authority, String node, Instant from) {
    return of(authority, SignerPurpose.AUDIT, node, from);
  }

  public static TestSigner of(
      TestAuthority authority, SignerPurpose purpose, String node, Instant from) {
    var name = purpose.title() + " " + node;
    return of(authority, name, TestAuthority.Use.DOCUMENT_SIGNER, from);
  }

  /// What is no signer, perhaps, and signs all the same.
  public static TestSigner of(
      TestAuthority authority, String name, TestAuthority.Use use, Instant from) {
    var key = SoftwareSigningKey.generate(KeyType.EC_P256);
    var certificate =
        authority.issue(
            use,
            name,
            key.publicKey(),
            new SerialNumber(BigInteger.TWO),
            from,
            from.plus(Duration.ofDays(365)));
    return new TestSigner(
        authority, new CertifiedKey(key, List.of(certificate, authority.certificate())));
  }

  public Certificate root() {
    return authority.certificate();
  }
}
