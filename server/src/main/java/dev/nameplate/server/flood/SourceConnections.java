package dev.nameplate.server.flood;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ssl.SslConnection;

/// Hangs up on a source that opens too many connections, or too many in a minute, before a
/// handshake has cost anything. TLS has no word for it, so the client sees a closed connection.
///
/// What it remembers about open connections is bounded by the limit of the listener.
public final class SourceConnections implements Connection.Listener {

  private static final int MOST_SOURCES = 10_000;

  private final FloodLimits limits;
  private final Allowance allowance;
  private final Refused refused;
  private final Map<Source, Integer> open = new HashMap<>();

  /// An address is forgotten by the system once its connection is closed.
  private final IdentityHashMap<Connection, Source> sources = new IdentityHashMap<>();

  public SourceConnections(FloodLimits limits, InstantSource clock, Refused refused) {
    this.limits = limits;
    this.allowance = new Allowance(clock, limits.newConnections(), MOST_SOURCES);
    this.refused = refused;
  }

  @Override
  public void onOpened(Connection connection) {
    if (!(connection instanceof SslConnection)) {
      return;
    }
    var source = Source.of(connection.getEndPoint().getRemoteSocketAddress());
    if (opened(connection, source) > limits.connections()) {
      refused.count(Refused.Limit.CONNECTIONS);
    } else if (!allowance.take(source)) {
      refused.count(Refused.Limit.NEW_CONNECTIONS);
    } else {
      return;
    }
    connection.getEndPoint().close();
  }

  @Override
  public void onClosed(Connection connection) {
    closed(connection);
  }

  private synchronized int opened(Connection connection, Source source) {
    sources.put(connection, source);
    return open.merge(source, 1, Integer::sum);
  }

  private synchronized void closed(Connection connection) {
    var source = sources.remove(connection);
    if (source != null) {
      open.computeIfPresent(source, (_, count) -> count == 1 ? null : count - 1);
    }
  }
}
