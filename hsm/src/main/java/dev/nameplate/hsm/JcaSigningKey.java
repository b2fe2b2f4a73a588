package dev.nameplate.hsm;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.security.PrivateKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A private key that a JCA provider shows. Every signature is checked against the public key
/// before it leaves.
final class JcaSigningKey implements SigningKey {

  private static final Logger LOG = LoggerFactory.getLogger(JcaSigningKey.class);

  private final BoundedCalls calls;
  private final JcaToken token;
  private final KeyLocation location;
  private final PublicKeyInfo publicKey;
  private final SignatureAlgorithm algorithm;
  private volatile PrivateKey key;
  private volatile boolean failed;

  JcaSigningKey(BoundedCalls calls, JcaToken token, KeyLocation location, JcaToken.Entry entry) {
    this.calls = calls;
    this.token = token;
    this.location = location;
    this.publicKey = entry.publicKey();
    this.algorithm = SignatureAlgorithm.of(publicKey.type());
    this.key = entry.key();
  }

  @Override
  public PublicKeyInfo publicKey() {
    return publicKey;
  }

  @Override
  public SignatureAlgorithm algorithm() {
    return algorithm;
  }

  @Override
  public boolean checksItself() {
    return true;
  }

  @Override
  public boolean isUsable() {
    if (failed) {
      try {
        calls.call(this::found);
        failed = false;
      } catch (HsmException stillAway) {
        LOG.debug("key {} is still away: {}", location.label(), stillAway.getMessage());
      }
    }
    return !failed;
  }

  @Override
  public byte[] sign(byte[] data) {
    byte[] signature;
    try {
      signature = calls.call(() -> signed(data));
    } catch (HsmException away) {
      // callers that came in too great a number say nothing of the key
      failed = away.fault() != Fault.BUSY || failed;
      throw away;
    }
    if (!publicKey.verifies(algorithm, data, signature)) {
      throw HsmException.refused(
          "token %s: the signature by key %s does not verify and was not released"
              .formatted(location.token(), location.label()));
    }
    return signature;
  }

  /// A provider's key dies with the login that it was found under: it is looked for once more.
  private byte[] signed(byte[] data) {
    try {
      return token.sign(key, algorithm, data);
    } catch (HsmException first) {
      try {
        return token.sign(found(), algorithm, data);
      } catch (HsmException second) {
        first.addSuppressed(second);
        throw first;
      }
    }
  }

  private PrivateKey found() {
    key = token.find(location).key();
    return key;
  }

  @Override
  public String toString() {
    return "JcaSigningKey[" + location.label() + ", " + publicKey + "]";
  }
}
