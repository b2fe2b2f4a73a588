package dev.nameplate.server.flood;

import java.time.Duration;

/// What each source, and each request, may take of a listener.
///
/// @param connections open at once from one source
/// @param newConnections from one source in a minute, whether or not their handshakes succeed
/// @param refusals answered to one source in a minute
/// @param requestTime how long a request may take to arrive
public record FloodLimits(int connections, int newConnections, int refusals, Duration requestTime) {

  public FloodLimits {
    if (connections < 1 || newConnections < 1 || refusals < 1 || !requestTime.isPositive()) {
      throw new IllegalArgumentException("limits must be 1 or more, and times longer than nothing");
    }
  }
}
