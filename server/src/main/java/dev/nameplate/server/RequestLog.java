package dev.nameplate.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/// Gives every request an id, which is in all of its log lines and in its answer, and writes one
/// line when it is answered. Neither queries nor headers are logged: they may hold secrets.
final class RequestLog extends Handler.Wrapper {

  /// The key of the request id in the logging context.
  static final String REQUEST_ID = "request";

  static final String HEADER = "X-Request-Id";

  private static final Logger LOG = LoggerFactory.getLogger("access");
  private static final int ID_BYTES = 8;

  private final String listener;
  private final RandomGenerator random;
  private final MeterRegistry meters;

  RequestLog(String listener, RandomGenerator random, MeterRegistry meters, Handler handler) {
    super(handler);
    this.listener = listener;
    this.random = random;
    this.meters = meters;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    var bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    var id = HexFormat.of().formatHex(bytes);
    response.getHeaders().put(HEADER, id);
    Request.addCompletionListener(request, _ -> answered(id, request, response));
    try (var _ = MDC.putCloseable(REQUEST_ID, id)) {
      return super.handle(request, response, callback);
    }
  }

  private void answered(String id, Request request, Response response) {
    var took = Duration.ofNanos(System.nanoTime() - request.getBeginNanoTime());
    int status = response.getStatus();
    Timer.builder("nameplate.http.requests")
        .description("Requests to the EST and admin listeners, and how long each took")
        .tag("listener", listener)
        .tag("status", Integer.toString(status))
        .register(meters)
        .record(took);
    try (var _ = MDC.putCloseable(REQUEST_ID, id)) {
      LOG.info(
          "{} {} {} {} in {} ms from {}",
          listener,
          request.getMethod(),
          request.getHttpURI().getPath(),
          status,
          took.toMillis(),
          Request.getRemoteAddr(request));
    }
  }
}
