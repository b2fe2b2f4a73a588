package dev.nameplate.ocsp;

import java.net.SocketAddress;

/// What one source may cost. Asked for each request whose answer is not remembered; what is
/// remembered costs nothing, and is given to everybody. Called from many threads; must not block.
@FunctionalInterface
public interface SourceLimit {

  /// Nobody is limited.
  SourceLimit NONE = _ -> true;

  /// Takes one of what this source has left; false if nothing is.
  boolean take(SocketAddress source);
}
