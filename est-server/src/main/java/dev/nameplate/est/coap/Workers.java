package dev.nameplate.est.coap;

import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.est.Absences;
import dev.nameplate.est.Peer;
import dev.nameplate.est.UnreadableBodyException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.network.Exchange;
import org.eclipse.californium.elements.auth.X509CertPath;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/// Works on requests, each on a thread of its own and no more than so many at once, so that the
/// threads that read packets never wait for the store or the token. Turns everything that was
/// thrown into an answer.
final class Workers implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

  /// Where the server keeps the id of the request that a thread is busy with.
  private static final String REQUEST_ID = "request";

  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  /// One request, by whoever sent it.
  @FunctionalInterface
  interface Work {
    Response answer(Peer peer) throws UnreadableBodyException;
  }

  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("coap-", 0).factory());
  private final ScheduledExecutorService clockwork =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("coap-separate").daemon().factory());
  private final Absences absences = new Absences(LOG);
  private final Semaphore free;
  private final CoapSettings settings;
  private final RandomGenerator random;
  private final MeterRegistry meters;

  Workers(CoapSettings settings, RandomGenerator random, MeterRegistry meters) {
    this.free = new Semaphore(settings.mostAtOnce());
    this.settings = settings;
    this.random = random;
    this.meters = meters;
  }

  /// Answers soon; who has to wait longer than a moment gets an empty acknowledgement first.
  void answer(Exchange exchange, EstFunction function, Work work) {
    if (!free.tryAcquire()) {
      send(
          exchange,
          function,
          CoapReply.later(
              ResponseCode.SERVICE_UNAVAILABLE, "The server is busy, ask again.", RETRY_AFTER));
      return;
    }
    var separate =
        clockwork.schedule(
            () -> exchange.sendAccept(),
            settings.separateAfter().toMillis(),
            TimeUnit.MILLISECONDS);
    threads.execute(() -> {
      try {
        send(exchange, function, answered(exchange, work));
      } finally {
        separate.cancel(false);
        free.release();
      }
    });
  }

  /// Lets those finish that are being answered, for a moment.
  @Override
  public void close() {
    clockwork.shutdownNow();
    threads.shutdown();
    try {
      if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException _) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private Response answered(Exchange exchange, Work work) {
    var peer = peer(exchange);
    try (var _ = MDC.putCloseable(REQUEST_ID, peer.origin().request())) {
      return work.answer(peer);
    } catch (UnreadableBodyException unreadable) {
      return CoapReply.error(ResponseCode.BAD_REQUEST, unreadable.reason());
    } catch (StoreException away) {
      return unavailable("the store", away);
    } catch (SigningException away) {
      return unavailable("the signing key", away);
    } catch (RuntimeException unthought) {
      LOG.error("An EST request over CoAP failed for a reason that nobody thought of", unthought);
      return CoapReply.error(
          ResponseCode.INTERNAL_SERVER_ERROR,
          "The server failed to answer (" + peer.origin().request() + ").");
    }
  }

  private Response unavailable(String what, RuntimeException away) {
    absences.say("An EST request over CoAP", what, away);
    return CoapReply.later(
        ResponseCode.SERVICE_UNAVAILABLE, "The server cannot answer now, ask again.", RETRY_AFTER);
  }

  private void send(Exchange exchange, EstFunction function, Response response) {
    Counter.builder("nameplate.est.coap.requests")
        .description("EST requests over CoAP, by function and code")
        .tag("function", function.path())
        .tag("code", response.getCode().toString())
        .register(meters)
        .increment();
    exchange.sendResponse(response);
  }

  private Peer peer(Exchange exchange) {
    var id = new byte[8];
    random.nextBytes(id);
    var context = exchange.getRequest().getSourceContext();
    var from = context.getPeerAddress().getAddress().getHostAddress();
    return new Peer(
        new Origin(HexFormat.of().formatHex(id), from),
        context.getPeerIdentity() instanceof X509CertPath path
            ? Peer.presented(path.getPath().getCertificates())
            : List.of(),
        Optional.empty(),
        // Californium does not tell what a handshake ended with
        Optional::empty);
  }
}
