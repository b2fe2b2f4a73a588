package dev.nameplate.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/// Writes one line for each request when it is answered, under its id. Neither queries nor headers
/// are logged: they may hold secrets.
final class RequestLog extends Handler.Wrapper {

  private static final Logger LOG = LoggerFactory.getLogger("access");

  private final String listener;
  private final MeterRegistry meters;

  RequestLog(String listener, MeterRegistry meters, Handler handler) {
    super(handler);
    this.listener = listener;
    this.meters = meters;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    var id = MDC.get(RequestId.KEY);
    Request.addCompletionListener(request, _ -> answered(id, request, response));
    return super.handle(request, response, callback);
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
    try (var _ = MDC.putCloseable(RequestId.KEY, id)) {
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
