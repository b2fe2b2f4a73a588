package dev.nameplate.ca.signing;

import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;

/// A private key that can be used, not seen. Implementations may be called from many threads at
/// once.
public interface SigningKey {

  PublicKeyInfo publicKey();

  /// The one algorithm this key signs with.
  SignatureAlgorithm algorithm();

  /// Whether it is worth asking for a signature. After one that failed this looks again, so that
  /// nothing is recorded for a signature that will not come; it costs nothing while all is well.
  default boolean isUsable() {
    return true;
  }

  /// Whether each signature was checked with [#publicKey] before [#sign] returned it. Who asks need
  /// not check it again.
  default boolean checksItself() {
    return false;
  }

  /// Signs `data` (hashed on the way) and returns the signature in the form X.509 carries it.
  ///
  /// @throws SigningException if the key is away or refuses; the data was then not released signed
  byte[] sign(byte[] data);
}
