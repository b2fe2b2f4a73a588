package dev.nameplate.cli.http;

import dev.nameplate.server.http.WholeAnswer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/// Sends requests, each with a time limit and a limit on the size of the answer. May be used from
/// many threads at once.
public final class Http {

  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final long LARGEST_ANSWER = 64L * 1024 * 1024;
  private static final int LARGEST_BOUND_ANSWER = 1024 * 1024;

  /// What came back.
  ///
  /// @param retryAfter the header of that name
  /// @param body read as UTF-8
  public record Answer(int status, Optional<String> retryAfter, String body) {}

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
    return send(request.build());
  }

  private HttpResponse<byte[]> send(HttpRequest prepared) throws NoAnswerException {
    try {
      return WholeAnswer.send(
          client,
          prepared,
          BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_ANSWER),
          timeout);
    } catch (IOException failed) {
      throw explain(prepared.uri(), failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new NoAnswerException(
          NoAnswerException.Why.BROKEN_OFF, "interrupted while waiting", interrupted);
    }
  }

  /// Writes the body of a good answer to a file, whatever its size.
  ///
  /// @return an answer that is not good; empty if it was
  /// @throws NoAnswerException if no whole answer came
  /// @throws IOException if the file cannot be written
  public Optional<HttpResponse<byte[]>> save(HttpRequest.Builder request, Path file)
      throws NoAnswerException, IOException {
    var prepared = request.build();
    var unfinished = file.resolveSibling(file.getFileName() + ".part");
    try (var out = Files.newOutputStream(unfinished)) {
      var response = client.send(prepared, BodyHandlers.ofInputStream());
      try (var body = response.body()) {
        if (response.statusCode() / 100 != 2) {
          return Optional.of(send(prepared));
        }
        body.transferTo(out);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new NoAnswerException(
          NoAnswerException.Why.BROKEN_OFF, "interrupted while waiting", interrupted);
    } catch (IOException failed) {
      Files.deleteIfExists(unfinished);
      throw explain(prepared.uri(), failed);
    }
    Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
    return Optional.empty();
  }

  /// Sends one POST over a TLS 1.3 connection of its own, to which its body may be tied.
  ///
  /// @param headers lines without their ends
  /// @param body made of what only the two ends of the connection know (RFC 9266), in base64
  /// @throws NoAnswerException if no whole answer came
  public Answer postBound(URI uri, List<String> headers, Function<String, byte[]> body)
      throws NoAnswerException {
    try (var connection = BoundConnection.open(client.sslContext(), uri, CONNECT, timeout)) {
      return connection.post(headers, body.apply(connection.binding()), LARGEST_BOUND_ANSWER);
    } catch (IOException failed) {
      throw explain(uri, failed);
    }
  }

  private NoAnswerException explain(URI uri, IOException failed) {
    var where = uri.getScheme() + "://" + uri.getAuthority();
    if (find(failed, UnresolvedAddressException.class).isPresent()
        || failed instanceof UnknownHostException) {
      return new NoAnswerException(
          NoAnswerException.Why.NOBODY_THERE,
          "the host name " + uri.getHost() + " is not known",
          failed);
    }
    if (failed instanceof HttpConnectTimeoutException || failed instanceof ConnectException) {
      return new NoAnswerException(
          NoAnswerException.Why.NOBODY_THERE, "nothing answers at " + where, failed);
    }
    if (failed instanceof HttpTimeoutException || failed instanceof SocketTimeoutException) {
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
