package dev.nameplate.hsm;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A private key in a token. Every signature is checked against the public key before it leaves.
final class TokenSigningKey implements SigningKey {

  private static final Logger LOG = LoggerFactory.getLogger(TokenSigningKey.class);

  /// What is signed to see whether the key can: no certificate, CRL or OCSP answer.
  private static final byte[] PROBE =
      "Nameplate asks whether this key can sign".getBytes(StandardCharsets.US_ASCII);

  private final SessionPool sessions;
  private final TokenHealth health;
  private final String token;
  private final ObjectName name;
  private final PublicKeyInfo publicKey;
  private final KeyScheme scheme;
  private final Signing signing;
  private volatile boolean failed;

  TokenSigningKey(
      SessionPool sessions,
      TokenHealth health,
      KeyLocation location,
      PublicKeyInfo publicKey,
      Signing signing) {
    this.sessions = sessions;
    this.health = health;
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
        check(PROBE, sessions.call(work(PROBE)));
        succeeded();
      } catch (HsmException stillAway) {
        failed();
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
    try {
      var signature = sessions.call(work(data));
      check(data, signature);
      succeeded();
      return signature;
    } catch (HsmException away) {
      // Callers that came in too great a number say nothing of the key, and are not to be followed
      // by probes.
      if (away.fault() != Fault.BUSY) {
        failed();
      }
      throw away;
    }
  }

  /// Signs something that means nothing, before all who wait.
  ///
  /// @throws HsmException if the signature did not come, or is wrong
  void probe(Duration within) {
    check(PROBE, sessions.callNext(work(PROBE), within));
  }

  /// What a lane does; the hash is made by the caller.
  private Function<Session, byte[]> work(byte[] data) {
    var input = signing.input().apply(data);
    return session -> scheme.signature(session.sign(name, signing.mechanism(), input));
  }

  private void check(byte[] data, byte[] signature) {
    if (!publicKey.verifies(signing.algorithm(), data, signature)) {
      sessions.distrustSessions();
      throw HsmException.found(
              "C_Sign",
              Fault.SESSION,
              "the signature by key " + name + " does not verify and was not released")
          .at("token " + token);
    }
  }

  private void succeeded() {
    failed = false;
    health.succeeded(this);
  }

  private void failed() {
    failed = true;
    health.failed(this);
  }

  /// Has the token sign, and believes it: for measuring what it does.
  byte[] signUnchecked(byte[] data) {
    return sessions.call(work(data));
  }

  @Override
  public String toString() {
    return "TokenSigningKey[" + name + ", " + publicKey + "]";
  }
}
