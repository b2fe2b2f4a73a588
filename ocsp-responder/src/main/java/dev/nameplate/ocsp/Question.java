package dev.nameplate.ocsp;

import java.util.Arrays;

/// What was asked, as the key under which its answer is remembered: the request as a plain client
/// sends it, with one CertID and nothing else, and which signature it wants. So an answer is found
/// by the bytes that came in, before anything is parsed; and it repeats the CertID as it was sent.
final class Question {

  /// Of an answer that is signed as usual.
  static final String USUAL = "";

  private final byte[] plain;
  private final String algorithm;
  private final int hash;

  private Question(byte[] plain, String algorithm) {
    this.plain = plain;
    this.algorithm = algorithm;
    this.hash = 31 * Arrays.hashCode(plain) + algorithm.hashCode();
  }

  /// @param request is not copied, and must not change
  static Question of(byte[] request) {
    return new Question(request, USUAL);
  }

  /// @param plain is not copied, and must not change
  /// @param algorithm the OID of the signature algorithm that was asked for and is not the usual
  ///   one, or [#USUAL]
  static Question of(byte[] plain, String algorithm) {
    return new Question(plain, algorithm);
  }

  /// The request that it was, without a wish for an algorithm; not to be changed.
  byte[] plain() {
    return plain;
  }

  String algorithm() {
    return algorithm;
  }

  int length() {
    return plain.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Question that
        && hash == that.hash
        && Arrays.equals(plain, that.plain)
        && algorithm.equals(that.algorithm);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
