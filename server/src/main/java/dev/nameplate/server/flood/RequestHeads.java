package dev.nameplate.server.flood;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;

/// Hangs up on a connection that sends a byte of a request's head now and then, which no idle
/// timeout ends: after it was opened, and after each answer, the head of the next request has to be
/// there within a time.
public final class RequestHeads extends Handler.Wrapper implements Connection.Listener {

  private final Scheduler scheduler;
  private final Duration patience;
  private final Refused refused;
  private final Map<Connection, Scheduler.Task> awaited = new ConcurrentHashMap<>();

  /// @param patience longer than a connection may be idle, with time for the head to arrive
  public RequestHeads(Scheduler scheduler, Duration patience, Refused refused, Handler handler) {
    super(handler);
    this.scheduler = scheduler;
    this.patience = patience;
    this.refused = refused;
  }

  @Override
  public void onOpened(Connection connection) {
    if (!(connection instanceof SslConnection)) {
      await(connection);
    }
  }

  @Override
  public void onClosed(Connection connection) {
    arrived(connection);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    var connection = request.getConnectionMetaData().getConnection();
    arrived(connection);
    Request.addCompletionListener(request, _ -> await(connection));
    return super.handle(request, response, callback);
  }

  private void await(Connection connection) {
    var task =
        scheduler.schedule(() -> tooSlow(connection), patience.toMillis(), TimeUnit.MILLISECONDS);
    var before = awaited.put(connection, task);
    if (before != null) {
      before.cancel();
    }
    if (!connection.getEndPoint().isOpen()) {
      // it was closed before this was put
      arrived(connection);
    }
  }

  private void arrived(Connection connection) {
    var task = awaited.remove(connection);
    if (task != null) {
      task.cancel();
    }
  }

  private void tooSlow(Connection connection) {
    if (awaited.remove(connection) != null) {
      refused.count(Refused.Limit.REQUEST_HEAD);
      connection.getEndPoint().close(new TimeoutException("no request within " + patience));
    }
  }
}
