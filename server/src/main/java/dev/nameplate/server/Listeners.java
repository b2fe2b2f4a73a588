package dev.nameplate.server;

import static java.util.Objects.requireNonNull;

import dev.nameplate.ocsp.StatusHttp;
import dev.nameplate.server.Settings.Role;
import dev.nameplate.server.tls.JdkTls;
import dev.nameplate.server.tls.TlsConnections;
import dev.nameplate.server.tls.TlsContext;
import dev.nameplate.server.tls.TlsStack;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jetty.JettyConnectionMetrics;
import io.micrometer.core.instrument.binder.jetty.JettyServerThreadPoolMetrics;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import javax.net.ssl.X509ExtendedTrustManager;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.Scheduler;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.servlet.ServletContainer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The listeners of a node's roles: EST and admin over TLS, status over plain HTTP; and always the
/// one for monitoring. Ports are taken when this is made, before anything else is opened; answers
/// are given from [#start] on.
final class Listeners {

  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

  private static final String METRICS = "metrics";

  /// Whom the TLS listeners show themselves to be, and whom they take.
  ///
  /// @param est the TLS of the EST listener
  /// @param clients to which a client is held in the handshake
  record Secure(TlsStack est, TlsIdentity identity, X509ExtendedTrustManager clients) {}

  /// On each listener: whoever fills the public ones keeps no operator and no monitoring out.
  private static final int MOST_CONNECTIONS = 10_000;

  private static final int MOST_THREADS = 64;

  /// For status: they only read the network and write to it, and nothing there blocks them.
  private static final int MOST_STATUS_THREADS = 16;

  private static final int HEADER_BYTES = 8 * 1024;

  /// Leaves time for the jobs, the store and the token within the 10 seconds of a stop.
  private static final Duration DRAIN = Duration.ofSeconds(6);

  private final Server server;

  /// Status has a server of its own, for Jetty asks a server as a whole whether it may block: one
  /// that does not answers on the thread that read the request.
  private final Server statusServer;

  private final List<TlsContext> tls = new ArrayList<>();
  private final Map<Role, ServerConnector> byRole = new EnumMap<>(Role.class);
  private final ServerConnector metrics;

  private Listeners(Settings settings, Optional<Secure> secure) {
    var threads = new QueuedThreadPool(MOST_THREADS);
    threads.setName("http");
    threads.setVirtualThreadsExecutor(VirtualThreads.getNamedVirtualThreadsExecutor("http-"));
    this.server = new Server(threads);
    var statusThreads = new QueuedThreadPool(MOST_STATUS_THREADS);
    statusThreads.setName("status");
    this.statusServer = new Server(statusThreads);
    var idle = settings.tls().idleTimeout();
    var at = settings.listeners();
    for (var role : new TreeSet<>(settings.roles())) {
      at.of(role).ifPresent(listener -> byRole.put(role, connector(role, listener, secure, idle)));
    }
    this.metrics = plain(server, METRICS, at.metrics(), http(), idle);
    server.setErrorHandler(new PlainErrors());
    server.setStopTimeout(DRAIN.toMillis());
    statusServer.setErrorHandler(new PlainErrors());
    statusServer.setStopTimeout(DRAIN.toMillis());
  }

  /// Takes the ports of the node's roles.
  ///
  /// @param secure needed for the roles est and admin
  /// @throws StartException that names the listener whose port is busy
  static Listeners open(Settings settings, Optional<Secure> secure) throws StartException {
    var listeners = new Listeners(settings, secure);
    for (var connector : listeners.connectors()) {
      try {
        connector.open();
      } catch (IOException | RuntimeException busy) {
        listeners.connectors().forEach(ServerConnector::close);
        throw new StartException(
            "the "
                + connector.getName()
                + " listener cannot have "
                + connector.getHost()
                + ":"
                + connector.getPort()
                + ": "
                + reason(busy),
            busy);
      }
    }
    return listeners;
  }

  /// What the EST listener has done later.
  Scheduler scheduler() {
    return of(Role.EST).getScheduler();
  }

  /// Is told of each connection to the EST listener; to be called before the start.
  void watchEst(Connection.Listener watcher) {
    of(Role.EST).addBean(watcher, false);
  }

  /// Begins to answer.
  ///
  /// @param handlers of every role that listens
  void start(Map<Role, Handler> handlers, Handler monitoring) throws StartException {
    var each = new ArrayList<Handler>();
    byRole.forEach((role, connector) -> {
      var handler = requireNonNull(handlers.get(role), name(role));
      if (role == Role.STATUS) {
        statusServer.setHandler(new GracefulHandler(handler));
      } else {
        each.add(new Only(connector, handler));
      }
    });
    each.add(new Only(metrics, monitoring));
    server.setHandler(new GracefulHandler(new Handler.Sequence(each)));
    try {
      server.start();
      statusServer.start();
    } catch (Exception failed) {
      throw new StartException("the listeners do not start: " + failed.getMessage(), failed);
    }
  }

  /// From now on, new connections get this certificate.
  void use(TlsIdentity identity) {
    var store = identity.keyStore();
    for (var context : tls) {
      try {
        context.reload(factory -> factory.setKeyStore(store));
      } catch (Exception refused) {
        throw new IllegalStateException("the new TLS certificate cannot be used", refused);
      }
    }
  }

  void bindTo(MeterRegistry meters) {
    new JettyServerThreadPoolMetrics(server.getThreadPool(), List.of()).bindTo(meters);
    JettyConnectionMetrics.addToAllConnectors(server, meters);
    JettyConnectionMetrics.addToAllConnectors(statusServer, meters);
  }

  /// A JAX-RS application that owns a whole listener.
  static Handler application(ResourceConfig config, String path) {
    var context = new ServletContextHandler("/");
    context.setErrorHandler(new PlainErrors());
    context.addServlet(new ServletHolder(new ServletContainer(config)), path + "/*");
    return context;
  }

  /// Where a role is served.
  ///
  /// @throws IllegalStateException if it is not
  URI url(Role role) {
    return url(role == Role.STATUS ? "http" : "https", of(role));
  }

  URI metricsUrl() {
    return url("http", metrics);
  }

  /// Takes no more requests, lets those that are being answered finish, for a while, and gives the
  /// ports back.
  void stop() {
    var meanwhile = Thread.ofVirtual().start(() -> stop(statusServer));
    stop(server);
    try {
      meanwhile.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    connectors().forEach(ServerConnector::close);
  }

  private static void stop(Server server) {
    try {
      server.stop();
    } catch (Exception late) {
      // whoever is late is cut off
      LOG.warn("not every request was answered before the stop: {}", late.toString());
    }
  }

  /// What the operating system said: Jetty wraps it.
  private static String reason(Throwable busy) {
    return busy.getCause() == null ? busy.toString() : reason(busy.getCause());
  }

  private List<ServerConnector> connectors() {
    var all = new ArrayList<>(byRole.values());
    all.add(metrics);
    return all;
  }

  private ServerConnector of(Role role) {
    var connector = byRole.get(role);
    if (connector == null) {
      throw new IllegalStateException("this node does not have the role " + name(role));
    }
    return connector;
  }

  private ServerConnector connector(
      Role role, Settings.Listener at, Optional<Secure> secure, Duration idle) {
    return switch (role) {
      case STATUS -> plain(statusServer, name(role), at, StatusHttp.configuration(), idle);
      case EST -> {
        var context = context(secure.orElseThrow(), secure.orElseThrow().est());
        context.setWantClientAuth(true);
        yield secure(name(role), at, context, idle);
      }
      case ADMIN -> {
        // administrators are few, and may have any kind of key
        var context = context(secure.orElseThrow(), new JdkTls());
        context.setNeedClientAuth(true);
        yield secure(name(role), at, context, idle);
      }
      case JOBS -> throw new IllegalArgumentException("jobs listen to nobody");
    };
  }

  private TlsContext context(Secure secure, TlsStack stack) {
    var context = new TlsContext(stack, secure.identity().keyStore(), secure.clients());
    tls.add(context);
    return context;
  }

  private static String name(Role role) {
    return RecordBinder.word(role);
  }

  private ServerConnector secure(String name, Settings.Listener at, TlsContext tls, Duration idle) {
    var http = http();
    // which name a client asks for is its own business: it checks our certificate
    http.addCustomizer(new SecureRequestCustomizer(false));
    http.addCustomizer(TlsConnections.bindings());
    var connector =
        new ServerConnector(server, new TlsConnections(tls, idle), new HttpConnectionFactory(http));
    return configured(connector, name, at, idle);
  }

  private static ServerConnector plain(
      Server server, String name, Settings.Listener at, HttpConfiguration http, Duration idle) {
    return configured(new ServerConnector(server, new HttpConnectionFactory(http)), name, at, idle);
  }

  private static ServerConnector configured(
      ServerConnector connector, String name, Settings.Listener at, Duration idle) {
    connector.setName(name);
    connector.setHost(at.bind());
    connector.setPort(at.port());
    connector.setIdleTimeout(idle.toMillis());
    connector.setReuseAddress(true);
    connector.getServer().addConnector(connector);
    connector.getServer().addBean(new NetworkConnectionLimit(MOST_CONNECTIONS, connector));
    return connector;
  }

  private static HttpConfiguration http() {
    var http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setSendXPoweredBy(false);
    http.setRequestHeaderSize(HEADER_BYTES);
    return http;
  }

  private static URI url(String scheme, ServerConnector connector) {
    var bind = connector.getHost();
    var host = bind.equals("0.0.0.0") || bind.equals("::") ? "localhost" : bind;
    var written = host.contains(":") ? "[" + host + "]" : host;
    return URI.create(scheme + "://" + written + ":" + connector.getLocalPort());
  }

  /// Answers what comes in through one listener, and leaves the rest to others.
  private static final class Only extends Handler.Wrapper {

    private final String listener;

    Only(Connector listener, Handler handler) {
      super(handler);
      this.listener = listener.getName();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      return listener.equals(request.getConnectionMetaData().getConnector().getName())
          && super.handle(request, response, callback);
    }
  }
}
