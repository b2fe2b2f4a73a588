package dev.nameplate.est.coap;

import java.net.InetSocketAddress;
import java.time.Duration;

/// How EST over CoAPs is served.
///
/// @param address where to listen, UDP; port 0 takes a free one
/// @param separateAfter how long a client waits for an answer before it gets an empty
///   acknowledgement, and the answer later (RFC 7252 section 5.2.2)
/// @param mostAtOnce requests that are worked on at the same time; more are told to come back
/// @param mostConnections DTLS connections that are remembered
public record CoapSettings(
    InetSocketAddress address, Duration separateAfter, int mostAtOnce, int mostConnections) {

  /// For `address`, with usual limits.
  public static CoapSettings at(InetSocketAddress address) {
    return new CoapSettings(address, Duration.ofMillis(500), 64, 10_000);
  }
}
