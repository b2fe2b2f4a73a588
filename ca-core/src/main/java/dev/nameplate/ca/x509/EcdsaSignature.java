package dev.nameplate.ca.x509;

import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERSequence;

/// The two forms of an ECDSA signature: the SEQUENCE of X.509 (RFC 3279 section 2.2.3), and the two
/// numbers one after the other, each as long as the curve's order (RFC 7518 section 3.4).
public final class EcdsaSignature {

  private EcdsaSignature() {}

  /// @param der as X.509 has it
  /// @param octets of each number: 32 for P-256
  /// @throws IllegalArgumentException if it is no such signature, or its numbers are longer
  public static byte[] concatenated(byte[] der, int octets) {
    try {
      if (!(ASN1Primitive.fromByteArray(der) instanceof ASN1Sequence numbers)
          || numbers.size() != 2
          || !(numbers.getObjectAt(0) instanceof ASN1Integer r)
          || !(numbers.getObjectAt(1) instanceof ASN1Integer s)) {
        throw new IllegalArgumentException("not an ECDSA signature");
      }
      var joined = new byte[2 * octets];
      place(r.getPositiveValue(), joined, octets);
      place(s.getPositiveValue(), joined, 2 * octets);
      return joined;
    } catch (IOException malformed) {
      throw new IllegalArgumentException("not an ECDSA signature", malformed);
    }
  }

  /// @throws IllegalArgumentException if these are not two numbers of this length
  public static byte[] der(byte[] concatenated, int octets) {
    if (concatenated.length != 2 * octets) {
      throw new IllegalArgumentException(
          "a signature of " + concatenated.length + " bytes instead of " + 2 * octets);
    }
    var r = new BigInteger(1, Arrays.copyOfRange(concatenated, 0, octets));
    var s = new BigInteger(1, Arrays.copyOfRange(concatenated, octets, 2 * octets));
    try {
      return new DERSequence(new ASN1Integer[] {new ASN1Integer(r), new ASN1Integer(s)})
          .getEncoded();
    } catch (IOException impossible) {
      throw new IllegalStateException("two numbers that cannot be encoded", impossible);
    }
  }

  private static void place(BigInteger number, byte[] into, int end) {
    var bytes = number.toByteArray();
    int skipped = bytes.length > 1 && bytes[0] == 0 ? 1 : 0;
    int length = bytes.length - skipped;
    if (length > into.length / 2) {
      throw new IllegalArgumentException("a number of " + length + " bytes in a signature");
    }
    System.arraycopy(bytes, skipped, into, end - length, length);
  }
}
