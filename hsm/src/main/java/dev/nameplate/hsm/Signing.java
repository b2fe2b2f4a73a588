package dev.nameplate.hsm;

import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.util.function.UnaryOperator;

/// A way to have a token sign.
///
/// @param algorithm what the signature then is
/// @param mechanism what the token does
/// @param input what the token is given so that a signature over the data results: a digest, if it
///   is we who hash
record Signing(SignatureAlgorithm algorithm, Mechanism mechanism, UnaryOperator<byte[]> input) {

  /// The token hashes, or the algorithm does without: it is given the data as it is.
  static Signing whole(SignatureAlgorithm algorithm, Mechanism mechanism) {
    return new Signing(algorithm, mechanism, UnaryOperator.identity());
  }
}
