package dev.nameplate.server.audit;

import dev.nameplate.ca.audit.SignedCheckpoint;
import dev.nameplate.ca.store.CheckpointStore;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends checkpoints to a syslog receiver (RFC 5424): over UDP (RFC 5426), TCP with octet counting
/// (RFC 6587 section 3.4.1) or TLS (RFC 5425). A receiver that is away blocks nobody: what waits is
/// bounded, and what finds no room is counted and said.
public final class Syslog implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Syslog.class);

  /// Facility 13 (log audit), severity 6 (informational).
  private static final String PRIORITY = "<110>1";

  private static final int ROOM = 10_000;
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private record Waiting(Instant since, String message) {}

  private final URI receiver;
  private final String node;
  private final SSLContext tls;
  private final BlockingQueue<Waiting> waiting = new ArrayBlockingQueue<>(ROOM);
  private final LongAdder sent = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final Thread thread;
  private volatile boolean closing;
  private @Nullable Socket connection;

  /// @param receiver as [#check] wants it
  /// @param node the name of this one, which is the host in the messages
  /// @param tls whom to trust, for `tls:`
  public Syslog(URI receiver, String node, SSLContext tls) {
    check(receiver);
    this.receiver = receiver;
    this.node = node;
    this.tls = tls;
    this.thread = Thread.ofPlatform().daemon().name("syslog").start(this::run);
  }

  /// @throws IllegalArgumentException unless it is `udp://host:port`, `tcp://…` or `tls://…`
  public static void check(URI receiver) {
    if (!Set.of("udp", "tcp", "tls").contains(String.valueOf(receiver.getScheme()))
        || receiver.getHost() == null
        || receiver.getPort() < 1) {
      throw new IllegalArgumentException(
          "'" + receiver + "' must be udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT");
    }
  }

  /// Takes it, or counts that there was no room.
  public void offer(CheckpointStore.Stored checkpoint) {
    if (!waiting.offer(new Waiting(checkpoint.at(), message(checkpoint)))) {
      dropped.increment();
      LOG.error(
          "syslog receiver {} is away for too long: checkpoint {} is not sent to it",
          receiver,
          checkpoint.number());
    }
  }

  public long sent() {
    return sent.sum();
  }

  public long dropped() {
    return dropped.sum();
  }

  /// How often it could not be sent.
  long failures() {
    return failures.sum();
  }

  public int waiting() {
    return waiting.size();
  }

  /// When the checkpoint was made that waits longest; empty if none does.
  public Optional<Instant> waitingSince() {
    return Optional.ofNullable(waiting.peek()).map(Waiting::since);
  }

  /// Sends what can be sent at once, and ends.
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(thread);
    try {
      thread.join(CONNECT);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    if (!waiting.isEmpty()) {
      LOG.warn("{} checkpoints were not sent to syslog receiver {}", waiting.size(), receiver);
    }
  }

  /// RFC 5424. The number in the structured data's name is the one for examples (RFC 5612).
  private String message(CheckpointStore.Stored checkpoint) {
    return "%s %s %s nameplate - checkpoint [checkpoint@32473 number=\"%d\" sha256=\"%s\"] %s"
        .formatted(
            PRIORITY,
            checkpoint.at(),
            node,
            checkpoint.number(),
            SignedCheckpoint.sha256(checkpoint.jws()),
            checkpoint.jws());
  }

  private void run() {
    boolean said = false;
    while (!closing || !waiting.isEmpty()) {
      try {
        var next = waiting.peek();
        if (next == null) {
          LockSupport.parkNanos(LOOK.toNanos());
          continue;
        }
        send(next.message());
        waiting.remove();
        sent.increment();
        said = false;
      } catch (IOException | RuntimeException away) {
        disconnect();
        failures.increment();
        if (!said) {
          LOG.warn("syslog receiver {} is away: {}", receiver, away.toString());
          said = true;
        }
        if (closing) {
          break;
        }
        LockSupport.parkNanos(AGAIN.toNanos());
      }
    }
    disconnect();
  }

  private void send(String message) throws IOException {
    var bytes = message.getBytes(StandardCharsets.UTF_8);
    var to = new InetSocketAddress(receiver.getHost(), receiver.getPort());
    if (to.isUnresolved()) {
      throw new UnknownHostException(receiver.getHost());
    }
    if ("udp".equals(receiver.getScheme())) {
      try (var socket = new DatagramSocket()) {
        socket.send(new DatagramPacket(bytes, bytes.length, to));
      }
      return;
    }
    OutputStream out = connected(to).getOutputStream();
    var counted = (bytes.length + " " + message).getBytes(StandardCharsets.UTF_8);
    out.write(counted);
    out.flush();
  }

  private Socket connected(InetSocketAddress to) throws IOException {
    var known = connection;
    if (known != null && !known.isClosed() && !isEnded(known)) {
      return known;
    }
    disconnect();
    var plain = new Socket();
    connection = plain; // whatever fails, it is closed
    plain.connect(to, (int) CONNECT.toMillis());
    plain.setSoTimeout((int) CONNECT.toMillis());
    var opened = "tls".equals(receiver.getScheme()) ? secured(plain) : plain;
    connection = opened;
    return opened;
  }

  /// A receiver says nothing; if its end was read, it is gone.
  private static boolean isEnded(Socket socket) {
    try {
      socket.setSoTimeout(1);
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException _) {
      return false;
    } catch (IOException _) {
      return true;
    }
  }

  private Socket secured(Socket plain) throws IOException {
    var socket =
        (SSLSocket)
            tls.getSocketFactory()
                .createSocket(plain, receiver.getHost(), receiver.getPort(), true);
    var parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private void disconnect() {
    var known = connection;
    connection = null;
    if (known != null) {
      try {
        known.close();
      } catch (IOException lost) {
        LOG.debug("closing a lost connection", lost);
      }
    }
  }
}
