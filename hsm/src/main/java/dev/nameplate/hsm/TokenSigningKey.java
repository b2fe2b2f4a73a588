package dev.nameplate.hsm;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A private key in a token. Every signature is checked against the public key before it leaves.
final class TokenSigningKey implements SigningKey {

  private static final Logger LOG = LoggerFactory.getLogger(TokenSigningKey.class);

  private final SessionPool sessions;
  private final String token;
  private final ObjectName name;
  private final PublicKeyInfo publicKey;
  private final SignatureAlgorithm algorithm;
  private final KeyScheme scheme;
  private volatile boolean failed;

  TokenSigningKey(SessionPool sessions, KeyLocation location, PublicKeyInfo publicKey) {
    this.sessions = sessions;
    this.token = location.token();
    this.name = ObjectName.of(location);
    this.publicKey = publicKey;
    this.algorithm = SignatureAlgorithm.of(publicKey.type());
    this.scheme = KeyScheme.of(publicKey.type());
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
  public boolean isUsable() {
    if (failed) {
      try {
        sessions.call(session -> session.privateKey(name));
        failed = false;
      } catch (HsmException stillAway) {
        LOG.debug("key {} is still away: {}", name, stillAway.getMessage());
      }
    }
    return !failed;
  }

  @Override
  public boolean checksItself() {
    return true;
  }

  @Override
  public byte[] sign(byte[] data) {
    var input = scheme.input(Hash.of(algorithm), data);
    byte[] signature;
    try {
      signature =
          sessions.call(session -> scheme.signature(session.sign(name, scheme.signing(), input)));
    } catch (HsmException away) {
      failed = true;
      throw away;
    }
    if (!publicKey.verifies(algorithm, data, signature)) {
      sessions.distrustSessions();
      throw HsmException.found(
              "C_Sign",
              Fault.SESSION,
              "the signature by key " + name + " does not verify and was not released")
          .at("token " + token);
    }
    return signature;
  }

  /// Has the token sign, and believes it: for measuring what it does.
  byte[] signUnchecked(byte[] data) {
    var input = scheme.input(Hash.of(algorithm), data);
    return sessions.call(session -> scheme.signature(session.sign(name, scheme.signing(), input)));
  }

  @Override
  public String toString() {
    return "TokenSigningKey[" + name + ", " + publicKey + "]";
  }
}
