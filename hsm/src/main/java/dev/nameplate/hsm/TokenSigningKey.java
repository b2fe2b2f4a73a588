package dev.nameplate.hsm;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;

/// A private key in a token. Every signature is checked against the public key before it leaves.
final class TokenSigningKey implements SigningKey {

  private final SessionPool sessions;
  private final String token;
  private final ObjectName name;
  private final PublicKeyInfo publicKey;
  private final SignatureAlgorithm algorithm;
  private final KeyScheme scheme;

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
  public byte[] sign(byte[] data) {
    var input = scheme.input(Hash.of(algorithm), data);
    var signature =
        sessions.call(session -> scheme.signature(session.sign(name, scheme.signing(), input)));
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

  @Override
  public String toString() {
    return "TokenSigningKey[" + name + ", " + publicKey + "]";
  }
}
