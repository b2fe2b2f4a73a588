package dev.nameplate.server;

import dev.nameplate.ca.policy.Origin;
import java.util.HexFormat;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.MDC;

/// Gives every request an id, which is in all of its log lines and in its answer.
final class RequestId extends Handler.Wrapper {

  /// The key of the request id in the logging context.
  static final String KEY = "request";

  private static final String HEADER = "X-Request-Id";
  private static final int BYTES = 8;

  private final RandomGenerator random;

  RequestId(RandomGenerator random, Handler handler) {
    super(handler);
    this.random = random;
  }

  /// Gives each piece of work an id of its own, which is in all of its log lines. For a listener
  /// whose answers are the same for everybody, so that none has an id in it.
  static Executor named(RandomGenerator random, Executor executor) {
    return work ->
        executor.execute(() -> {
          try (var _ = MDC.putCloseable(KEY, next(random))) {
            work.run();
          }
        });
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    var id = next(random);
    response.getHeaders().put(HEADER, id);
    request.setAttribute(Origin.ATTRIBUTE, new Origin(id, Request.getRemoteAddr(request)));
    try (var _ = MDC.putCloseable(KEY, id)) {
      return super.handle(request, response, callback);
    }
  }

  private static String next(RandomGenerator random) {
    var bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
