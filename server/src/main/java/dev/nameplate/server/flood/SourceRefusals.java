package dev.nameplate.server.flood;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/// Answers 429 to a source that was refused too often within a minute, before anything is read,
/// hashed or looked up for it. What succeeds is not counted: many honest devices may share one
/// address.
public final class SourceRefusals extends Handler.Wrapper {

  private static final int MOST_SOURCES = 10_000;

  private final Allowance allowance;
  private final Refused refused;

  public SourceRefusals(FloodLimits limits, InstantSource clock, Refused refused, Handler handler) {
    super(handler);
    this.allowance = new Allowance(clock, limits.refusals(), MOST_SOURCES);
    this.refused = refused;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    var source = Source.of(request.getConnectionMetaData().getRemoteSocketAddress());
    var wait = allowance.wait(source);
    if (wait.isPresent()) {
      refused.count(Refused.Limit.REFUSALS);
      later(response, callback, wait.get());
      return true;
    }
    Request.addCompletionListener(
        request,
        _ -> {
          if (HttpStatus.isClientError(response.getStatus())) {
            allowance.take(source);
          }
        });
    return super.handle(request, response, callback);
  }

  private static void later(Response response, Callback callback, Duration wait) {
    response.setStatus(HttpStatus.TOO_MANY_REQUESTS_429);
    var headers = response.getHeaders();
    headers.put(HttpHeader.RETRY_AFTER, Math.max(1, wait.plusMillis(999).toSeconds()));
    headers.put(HttpHeader.CONTENT_TYPE, "text/plain;charset=utf-8");
    var text = "Too many requests from this address were refused; try again later.\n";
    var body = text.getBytes(StandardCharsets.UTF_8);
    headers.put(HttpHeader.CONTENT_LENGTH, body.length);
    response.write(true, ByteBuffer.wrap(body), callback);
  }
}
