package dev.nameplate.cli.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/// Sends requests, each with a time limit and a limit on the size of the answer. May be used from
/// many threads at once.
public final class Http {

  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final long LARGEST_ANSWER = 64L * 1024 * 1024;

  private final HttpClient client;
  private final Duration timeout;

  /// Over TLS.
  public Http(SSLContext tls, Duration timeout) {
    this(HttpClient.newBuilder().sslContext(tls), timeout);
  }

  /// Over plain HTTP: for what is signed and public.
  public Http(Duration timeout) {
    this(HttpClient.newBuilder(), timeout);
  }

  private Http(HttpClient.Builder builder, Duration timeout) {
    this.client =
        builder
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    this.timeout = timeout;
  }

  /// @throws NoAnswerException if no whole answer came
  public HttpResponse<byte[]> send(HttpRequest.Builder request) throws NoAnswerException {
    var prepared = request.timeout(timeout).build();
    try {
      return client.send(
          prepared, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_ANSWER));
    } catch (IOException failed) {
      throw explain(prepared.uri(), failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new NoAnswerException(
          NoAnswerException.Why.BROKEN_OFF, "interrupted while waiting", interrupted);
    }
  }

  private NoAnswerException explain(URI uri, IOException failed) {
    var where = uri.getScheme() + "://" + uri.getAuthority();
    if (find(failed, UnresolvedAddressException.class).isPresent()) {
      return new NoAnswerException(
          NoAnswerException.Why.NOBODY_THERE,
          "the host name " + uri.getHost() + " is not known",
          failed);
    }
    if (failed instanceof HttpConnectTimeoutException || failed instanceof ConnectException) {
      return new NoAnswerException(
          NoAnswerException.Why.NOBODY_THERE, "nothing answers at " + where, failed);
    }
    if (failed instanceof HttpTimeoutException) {
      return new NoAnswerException(
          NoAnswerException.Why.TOO_LATE,
          where + " did not answer within " + timeout.toSeconds() + " s",
          failed);
    }
    if (find(failed, CertificateException.class).isPresent()) {
      var detail = find(failed, CertificateException.class).orElseThrow().getMessage();
      return new NoAnswerException(
          NoAnswerException.Why.SERVER_NOT_TRUSTED,
          "the server at " + where + " is not trusted: " + detail,
          failed);
    }
    if (failed instanceof SSLHandshakeException || isAlert(failed)) {
      return new NoAnswerException(
          NoAnswerException.Why.NOT_LET_IN,
          where + " ended the TLS handshake: " + failed.getMessage(),
          failed);
    }
    return new NoAnswerException(
        NoAnswerException.Why.BROKEN_OFF,
        "the connection to " + where + " broke off before the answer was whole",
        failed);
  }

  // with TLS 1.3 the server's no to our certificate can come after the handshake, as an alert
  private static boolean isAlert(IOException failed) {
    return find(failed, SSLException.class)
        .map(SSLException::getMessage)
        .filter(message -> message.contains("fatal alert"))
        .isPresent();
  }

  private static <T extends Throwable> Optional<T> find(Throwable failed, Class<T> type) {
    int depth = 0;
    for (var cause = failed; cause != null && depth < 16; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return Optional.of(type.cast(cause));
      }
      depth++;
    }
    return Optional.empty();
  }
}
