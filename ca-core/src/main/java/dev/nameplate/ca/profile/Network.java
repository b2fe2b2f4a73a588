package dev.nameplate.ca.profile;

import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A range of IP addresses: `10.0.0.0/8`, `2001:db8::/32`.
public final class Network {

  private static final Pattern V4 =
      Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");

  private final byte[] address;
  private final int prefix;

  private Network(byte[] address, int prefix) {
    this.address = address;
    this.prefix = prefix;
  }

  /// @throws IllegalArgumentException unless it is an address, a slash and the length of a prefix
  ///   behind which the address has no bits
  public static Network of(String text) {
    int slash = text.indexOf('/');
    var address = slash < 0 ? null : bytes(text.substring(0, slash));
    if (address == null || !text.substring(slash + 1).matches("\\d{1,3}")) {
      throw new IllegalArgumentException("not a network like 10.0.0.0/8: " + text);
    }
    int prefix = Integer.parseInt(text.substring(slash + 1));
    if (prefix > address.length * 8) {
      throw new IllegalArgumentException("not a network, its prefix is too long: " + text);
    }
    for (int bit = prefix; bit < address.length * 8; bit++) {
      if (bit(address, bit)) {
        throw new IllegalArgumentException("not a network, it has bits behind its prefix: " + text);
      }
    }
    return new Network(address, prefix);
  }

  /// @param other the octets of an address
  public boolean contains(byte[] other) {
    if (other.length != address.length) {
      return false;
    }
    for (int i = 0; i < prefix; i++) {
      if (bit(other, i) != bit(address, i)) {
        return false;
      }
    }
    return true;
  }

  private static boolean bit(byte[] address, int index) {
    return (address[index / 8] >> (7 - index % 8) & 1) == 1;
  }

  private static byte @Nullable [] bytes(String text) {
    return V4.matcher(text).matches() ? v4(text) : v6(text);
  }

  private static byte @Nullable [] v4(String text) {
    var parts = text.split("\\.", -1);
    var address = new byte[4];
    for (int i = 0; i < 4; i++) {
      int octet = Integer.parseInt(parts[i]);
      if (octet > 255) {
        return null;
      }
      address[i] = (byte) octet;
    }
    return address;
  }

  /// Without the forms that mix in an IPv4 address. Nothing is looked up anywhere.
  private static byte @Nullable [] v6(String text) {
    int gap = text.indexOf("::");
    var head = groups(gap < 0 ? text : text.substring(0, gap));
    var tail = gap < 0 ? new String[0] : groups(text.substring(gap + 2));
    int present = head.length + tail.length;
    if (gap < 0 ? present != 8 : present > 7) {
      return null;
    }
    var address = new byte[16];
    for (int i = 0; i < present; i++) {
      var group = i < head.length ? head[i] : tail[i - head.length];
      if (!group.matches("[0-9A-Fa-f]{1,4}")) {
        return null;
      }
      int at = 2 * (i < head.length ? i : 8 - tail.length + i - head.length);
      int value = HexFormat.fromHexDigits(group);
      address[at] = (byte) (value >> 8);
      address[at + 1] = (byte) value;
    }
    return address;
  }

  private static String[] groups(String text) {
    return text.isEmpty() ? new String[0] : text.split(":", -1);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Network that && toString().equals(that.toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(address) + "/" + prefix;
  }
}
