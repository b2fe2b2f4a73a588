package dev.nameplate.est;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// Ends a request whose body does not arrive within a time: a client that sends a byte now and then
/// is never idle. One that sends nothing is the listener's, which ends it as idle.
@PreMatching
public final class BodyDeadline implements ContainerRequestFilter {

  /// A body that was not there in time.
  static final class TooSlowException extends IOException {
    private static final long serialVersionUID = 1L;

    TooSlowException(Duration patience) {
      super("a request body that takes longer than " + patience);
    }
  }

  private final InstantSource clock;
  private final Duration patience;
  private final Counter cutOff;

  /// @param patience from the end of the request's head to the end of its body
  public BodyDeadline(InstantSource clock, Duration patience, MeterRegistry meters) {
    this.clock = clock;
    this.patience = patience;
    this.cutOff =
        Counter.builder("nameplate.est.limited")
            .description("Connections and requests to the EST listener that a limit stopped")
            .tag("limit", "request_body")
            .register(meters);
  }

  @Override
  public void filter(ContainerRequestContext request) {
    // whether there is a body is not asked: that would wait for its first byte
    request.setEntityStream(timed(request.getEntityStream()));
  }

  /// The same bytes, until it is too late.
  InputStream timed(InputStream body) {
    return new Timed(body, clock.instant().plus(patience));
  }

  private final class Timed extends FilterInputStream {

    private final Instant end;

    Timed(InputStream body, Instant end) {
      super(body);
      this.end = end;
    }

    @Override
    public int read() throws IOException {
      return inTime(super.read());
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return inTime(super.read(into, offset, length));
    }

    private int inTime(int read) throws TooSlowException {
      if (clock.instant().isAfter(end)) {
        cutOff.increment();
        throw new TooSlowException(patience);
      }
      return read;
    }
  }
}
