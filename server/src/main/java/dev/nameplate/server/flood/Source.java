package dev.nameplate.server.flood;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.HexFormat;

/// Where a connection comes from, as far as its owner cannot choose it: an IPv4 address, or the 64
/// bits of an IPv6 address that name a network, within which everybody may take any address. What a
/// header says about it counts for nothing.
record Source(String network) {

  private static final int NETWORK_OCTETS = 8;

  static Source of(SocketAddress peer) {
    return peer instanceof InetSocketAddress internet && internet.getAddress() != null
        ? of(internet.getAddress())
        : new Source("other");
  }

  static Source of(InetAddress address) {
    return address instanceof Inet6Address
        ? new Source(
            HexFormat.ofDelimiter(":")
                    .formatHex(Arrays.copyOf(address.getAddress(), NETWORK_OCTETS))
                + "::/64")
        : new Source(address.getHostAddress());
  }
}
