package dev.nameplate.ca.x509;

import java.math.BigInteger;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/// A certificate's serial number: positive, at most 20 octets (RFC 5280 section 4.1.2.2).
public record SerialNumber(BigInteger value) implements Comparable<SerialNumber> {

  private static final Pattern HEX = Pattern.compile("[0-9a-f]{1,40}");
  private static final int OCTETS = 20;

  public SerialNumber {
    if (value.signum() <= 0 || value.bitLength() > 8 * OCTETS - 1) {
      throw new IllegalArgumentException("not a serial number: " + value.toString(16));
    }
  }

  /// 20 octets: 158 random bits behind a leading bit that keeps every serial the same length.
  /// `random` must be cryptographically strong.
  public static SerialNumber random(RandomGenerator random) {
    byte[] octets = new byte[OCTETS];
    random.nextBytes(octets);
    // bit 0 is left for the DER sign, bit 1 is set so that the length never varies
    octets[0] = (byte) ((octets[0] & 0x3f) | 0x40);
    return new SerialNumber(new BigInteger(1, octets));
  }

  /// From hex digits as [#hex] prints them; colons and upper case are accepted.
  ///
  /// @throws IllegalArgumentException if they are no serial number
  public static SerialNumber ofHex(String text) {
    var digits = text.replace(":", "").toLowerCase(Locale.ROOT);
    if (!HEX.matcher(digits).matches()) {
      throw new IllegalArgumentException("not a serial number in hex: " + text);
    }
    return new SerialNumber(new BigInteger(digits, 16));
  }

  /// Lower-case hex digits, an even number of them.
  public String hex() {
    var digits = value.toString(16);
    return digits.length() % 2 == 0 ? digits : "0" + digits;
  }

  @Override
  public int compareTo(SerialNumber other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return hex();
  }
}
