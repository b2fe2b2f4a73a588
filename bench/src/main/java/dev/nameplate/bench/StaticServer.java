package dev.nameplate.bench;

import dev.nameplate.ocsp.StatusHttp;
import dev.nameplate.server.tls.TlsConnections;
import dev.nameplate.server.tls.TlsContext;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.LifeCycle;

/// The limit for every listener: the same Jetty, which reads a request and answers the same bytes.
final class StaticServer implements AutoCloseable {

  private final Server server;
  private final ServerConnector connector;
  private final String scheme;

  private StaticServer(Server server, ServerConnector connector, String scheme) {
    this.server = server;
    this.connector = connector;
    this.scheme = scheme;
  }

  static StaticServer plain(byte[] answer) throws Exception {
    var server = new Server();
    var http = new HttpConnectionFactory(StatusHttp.configuration());
    var connector = new ServerConnector(server, http);
    return started(server, connector, "http", answer);
  }

  static StaticServer tls(byte[] answer, TlsContext tls) throws Exception {
    var server = new Server();
    var http = new HttpConfiguration();
    http.addCustomizer(new SecureRequestCustomizer(false));
    var connector =
        new ServerConnector(
            server,
            new TlsConnections(tls, Duration.ofSeconds(30)),
            new HttpConnectionFactory(http));
    return started(server, connector, "https", answer);
  }

  private static StaticServer started(
      Server server, ServerConnector connector, String scheme, byte[] answer) throws Exception {
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(new Answer(answer));
    server.start();
    return new StaticServer(server, connector, scheme);
  }

  URI url() {
    return URI.create(scheme + "://127.0.0.1:" + connector.getLocalPort());
  }

  @Override
  public void close() {
    LifeCycle.stop(server);
  }

  private static final class Answer extends Handler.Abstract.NonBlocking {

    private final byte[] bytes;

    Answer(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      Content.Source.consumeAll(
          request,
          Callback.from(
              () -> {
                response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length);
                response.write(true, ByteBuffer.wrap(bytes), callback);
              },
              callback::failed));
      return true;
    }
  }
}
