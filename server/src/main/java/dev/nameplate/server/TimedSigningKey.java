package dev.nameplate.server;

import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/// A signing key whose signatures are counted and timed.
final class TimedSigningKey implements SigningKey {

  private final SigningKey key;
  private final Timer signatures;
  private final Counter failures;

  /// @param name what the key is for: few values, for they name series
  TimedSigningKey(SigningKey key, String name, MeterRegistry meters) {
    this.key = key;
    this.signatures =
        Timer.builder("nameplate.hsm.signature")
            .description("Signatures made in the token, and how long each took")
            .tag("key", name)
            .publishPercentileHistogram()
            .register(meters);
    this.failures =
        Counter.builder("nameplate.hsm.signature.failures")
            .description("Signatures that the token did not give")
            .tag("key", name)
            .register(meters);
  }

  @Override
  public PublicKeyInfo publicKey() {
    return key.publicKey();
  }

  @Override
  public SignatureAlgorithm algorithm() {
    return key.algorithm();
  }

  @Override
  public boolean isUsable() {
    return key.isUsable();
  }

  @Override
  public boolean checksItself() {
    return key.checksItself();
  }

  @Override
  public byte[] sign(byte[] data) {
    var sample = Timer.start();
    try {
      var signature = key.sign(data);
      sample.stop(signatures);
      return signature;
    } catch (SigningException failed) {
      failures.increment();
      throw failed;
    }
  }
}
