package dev.nameplate.ocsp;

import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/// Lets a handler wait that has to, on other threads, so that those that read the network never do.
/// What it does not handle is not there.
final class Aside extends Handler.Wrapper {

  private final Executor threads;

  Aside(Handler handler, Executor threads) {
    super(handler);
    this.threads = threads;
  }

  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    threads.execute(() -> {
      try {
        if (!super.handle(request, response, callback)) {
          PlainText.write(response, callback, HttpStatus.NOT_FOUND_404, "nothing is here");
        }
      } catch (Exception | Error failed) {
        Response.writeError(request, response, callback, failed);
      }
    });
    return true;
  }
}
