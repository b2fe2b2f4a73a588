package dev.nameplate.server.flood;

import dev.nameplate.ocsp.SourceLimit;
import java.net.SocketAddress;
import java.time.InstantSource;

/// So many OCSP answers a minute for one source, of those that are not remembered and so cost a
/// signature.
public final class SourceSignatures implements SourceLimit {

  private static final int MOST_SOURCES = 10_000;

  private final Allowance allowance;

  public SourceSignatures(int perMinute, InstantSource clock) {
    this.allowance = new Allowance(clock, perMinute, MOST_SOURCES);
  }

  @Override
  public boolean take(SocketAddress source) {
    return allowance.take(Source.of(source));
  }
}
