package dev.nameplate.server.tls;

import dev.nameplate.est.ChannelBinding;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/// A connection that knows how it began, and whose handshake has to be over in a given time.
///
/// A client that says nothing is cut off by the idle timeout; the deadline is for one that says a
/// byte now and then.
final class TlsConnection extends SslConnection implements SslHandshakeListener {

  private final TlsStack stack;
  private final Duration patience;
  private final ClientHello hello = new ClientHello();
  private final long opened = System.nanoTime();
  private volatile boolean established;

  TlsConnection(
      TlsStack stack,
      Duration patience,
      Connector connector,
      SslContextFactory context,
      EndPoint network,
      SSLEngine engine) {
    super(connector.getByteBufferPool(), connector.getExecutor(), context, network, engine);
    this.stack = stack;
    this.patience = patience;
    addHandshakeListener(this);
  }

  /// What binds requests to this connection. Whoever has a request to ask about is past the
  /// handshake.
  Optional<ChannelBinding> binding() {
    return stack.binding(getSSLEngine(), hello);
  }

  @Override
  public void handshakeSucceeded(Event event) {
    established = true;
  }

  @Override
  protected int networkFill(ByteBuffer input) throws IOException {
    int count = super.networkFill(input);
    if (!established && count > 0) {
      if (System.nanoTime() - opened > patience.toNanos()) {
        throw new SSLHandshakeException("a handshake that takes longer than " + patience);
      }
      hello.add(input.slice(input.limit() - count, count));
    }
    return count;
  }
}
