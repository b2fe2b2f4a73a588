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
  private final KeyScheme scheme;
  private final Signing signing;
  private volatile boolean failed;

  TokenSigningKey(
      SessionPool sessions, KeyLocation location, PublicKeyInfo publicKey, Signing signing) {
    this.sessions = sessions;
    this.token = location.token();
    this.name = ObjectName.of(location);
    this.publicKey = publicKey;
    this.scheme = KeyScheme.of(publicKey.type());
    this.signing = signing;
  }

  @Override
  public PublicKeyInfo publicKey() {
    return publicKey;
  }

  @Override
  public SignatureAlgorithm algorithm() {
    return signing.algorithm();
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
  public byte[] sign(byte[] data) {
    var input = signing.input().apply(data);
    byte[] signature;
    try {
      signature =
          sessions.call(
              session -> scheme.signature(session.sign(name, signing.mechanism(), input)));
    } catch (HsmException away) {
      failed = true;
      throw away;
    }
    if (!publicKey.verifies(signing.algorithm(), data, signature)) {
      sessions.distrustSessions();
      throw HsmException.found(
              "C_Sign",
              Fault.SESSION,
              "the signature by key " + name + " does not verify and was not released")
          .at("token " + token);
    }
    return signature;
  }

  @Override
  public String toString() {
    return "TokenSigningKey[" + name + ", " + publicKey + "]";
  }
}
