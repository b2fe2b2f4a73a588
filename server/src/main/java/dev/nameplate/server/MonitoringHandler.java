package dev.nameplate.server;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/// `/metrics` for Prometheus, `/health/live` and `/health/ready` for whoever decides about traffic.
final class MonitoringHandler extends Handler.Abstract {

  private static final String TEXT = "text/plain;charset=utf-8";
  private static final String PROMETHEUS = "text/plain;version=0.0.4;charset=utf-8";

  private final PrometheusMeterRegistry meters;
  private final Health health;

  MonitoringHandler(PrometheusMeterRegistry meters, Health health) {
    this.meters = meters;
    this.health = health;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (!HttpMethod.GET.is(request.getMethod()) && !HttpMethod.HEAD.is(request.getMethod())) {
      response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD");
      write(response, callback, HttpStatus.METHOD_NOT_ALLOWED_405, TEXT, "GET only\n");
      return true;
    }
    switch (Request.getPathInContext(request)) {
      case "/metrics" -> write(response, callback, HttpStatus.OK_200, PROMETHEUS, meters.scrape());
      case "/health/live" -> write(response, callback, HttpStatus.OK_200, TEXT, "live\n");
      case "/health/ready" -> ready(response, callback);
      default ->
          write(
              response,
              callback,
              HttpStatus.NOT_FOUND_404,
              TEXT,
              "here are /metrics, /health/live and /health/ready\n");
    }
    return true;
  }

  private void ready(Response response, Callback callback) {
    var faults = health.faults();
    if (faults.isEmpty()) {
      var text = "ready\n" + lines("warning", health.warnings());
      write(response, callback, HttpStatus.OK_200, TEXT, text);
    } else {
      var text = lines("not ready", faults) + lines("warning", health.warnings());
      write(response, callback, HttpStatus.SERVICE_UNAVAILABLE_503, TEXT, text);
    }
  }

  private static String lines(String what, Map<String, String> parts) {
    return parts.entrySet().stream()
        .map(part -> what + ": " + part.getKey() + ": " + part.getValue() + "\n")
        .collect(Collectors.joining());
  }

  private static void write(
      Response response, Callback callback, int status, String type, String text) {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    response.write(true, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), callback);
  }
}
