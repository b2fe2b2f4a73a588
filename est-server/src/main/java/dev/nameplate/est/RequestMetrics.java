package dev.nameplate.est;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.PreMatching;

/// Counts and times every request. The tags take few values, whatever is asked for.
@PreMatching
final class RequestMetrics implements ContainerRequestFilter, ContainerResponseFilter {

  private static final String OTHER = "other";
  private static final String SAMPLE = RequestMetrics.class.getName();

  private final EstSettings settings;
  private final MeterRegistry meters;

  RequestMetrics(EstSettings settings, MeterRegistry meters) {
    this.settings = settings;
    this.meters = meters;
  }

  @Override
  public void filter(ContainerRequestContext request) {
    request.setProperty(SAMPLE, Timer.start(meters));
  }

  @Override
  public void filter(ContainerRequestContext request, ContainerResponseContext response) {
    var segments = request.getUriInfo().getPath().split("/", -1);
    var operation = Operation.of(segments[segments.length - 1]).map(Operation::path).orElse(OTHER);
    Counter.builder("nameplate.est.requests")
        .description("EST requests, by operation, label and status")
        .tag("operation", operation)
        .tag("label", label(segments))
        .tag("status", Integer.toString(response.getStatus()))
        .register(meters)
        .increment();
    if (request.getProperty(SAMPLE) instanceof Timer.Sample sample) {
      sample.stop(
          Timer.builder("nameplate.est.duration")
              .description("How long EST requests took, by operation")
              .tag("operation", operation)
              .register(meters));
    }
  }

  /// `.well-known/est/OPERATION` or `.well-known/est/LABEL/OPERATION`.
  private String label(String[] segments) {
    if (segments.length == 3) {
      return settings.defaultLabel();
    }
    return segments.length == 4 && settings.profile(segments[2]).isPresent() ? segments[2] : OTHER;
  }
}
