package dev.nameplate.server.tls;

import dev.nameplate.est.ChannelBinding;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.SslConnectionFactory;

/// Makes the TLS connections of a listener, over which HTTP/1.1 is spoken.
public final class TlsConnections extends SslConnectionFactory {

  private final TlsStack stack;
  private final Duration patience;

  /// @param patience how long a handshake may take
  public TlsConnections(TlsContext context, Duration patience) {
    super(context, TlsContext.HTTP_1_1);
    this.stack = context.stack();
    this.patience = patience;
  }

  @Override
  protected SslConnection newSslConnection(
      Connector connector, EndPoint network, SSLEngine engine) {
    return new TlsConnection(stack, patience, connector, getSslContextFactory(), network, engine);
  }

  /// Leaves the [ChannelBinding] of its connection with each request.
  public static HttpConfiguration.Customizer bindings() {
    return TlsConnections::bind;
  }

  private static Request bind(Request request, HttpFields.Mutable answer) {
    var network = request.getConnectionMetaData().getConnection().getEndPoint();
    if (network instanceof SslConnection.SslEndPoint tls
        && tls.getSslConnection() instanceof TlsConnection connection) {
      Supplier<Optional<ChannelBinding>> binding = connection::binding;
      request.setAttribute(ChannelBinding.ATTRIBUTE, binding);
    }
    return request;
  }
}
