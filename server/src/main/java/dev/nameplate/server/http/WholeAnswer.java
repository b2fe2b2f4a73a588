package dev.nameplate.server.http;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Waits for an answer with all of its body. The timeout of a [HttpRequest] ends with the headers,
/// so whoever stalls in the body would be waited for without end.
public final class WholeAnswer {

  private WholeAnswer() {}

  /// @param patience from the first packet to the last byte of the body
  /// @throws HttpTimeoutException if the answer is not whole by then
  /// @throws IOException if there is none
  public static <T> HttpResponse<T> send(
      HttpClient client, HttpRequest request, BodyHandler<T> body, Duration patience)
      throws IOException, InterruptedException {
    var answer = client.sendAsync(request, body);
    try {
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      var timeout =
          new HttpTimeoutException("no whole answer within " + patience.toSeconds() + " s");
      timeout.initCause(late);
      throw timeout;
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof IOException silence) {
        throw silence;
      }
      throw new IOException(failed.getCause());
    } finally {
      // without effect on an answer that is there
      var _ = answer.cancel(true);
    }
  }
}
