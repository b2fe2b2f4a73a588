package dev.nameplate.cli;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.cli.http.Http;
import dev.nameplate.cli.http.NoAnswerException;
import dev.nameplate.server.admin.AdminApi;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The admin API, as its client. Whatever goes wrong is a [CommandFailure] in words for a person.
final class AdminClient {

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  // a newer server may say more than this client knows
  private static final ObjectMapper JSON =
      AdminApi.json().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private final Context context;
  private final Http http;

  AdminClient(Context context) {
    this.context = context;
    this.http = new Http(context.operatorTls(), TIMEOUT);
  }

  /// @param segments of the path below `/api/v1`, in clear
  <T> T get(Class<T> answer, String... segments) {
    return get(answer, Map.of(), segments);
  }

  /// @param query what is null is left out
  <T> T get(Class<T> answer, Map<String, ? extends @Nullable Object> query, String... segments) {
    return send(answer, HttpRequest.newBuilder(uri(query, segments)).GET());
  }

  <T> T delete(Class<T> answer, String... segments) {
    return send(answer, HttpRequest.newBuilder(uri(Map.of(), segments)).DELETE());
  }

  <T> T post(Class<T> answer, Object body, String... segments) {
    return send("POST", answer, body, segments);
  }

  <T> T patch(Class<T> answer, Object body, String... segments) {
    return send("PATCH", answer, body, segments);
  }

  private <T> T send(String method, Class<T> answer, Object body, String... segments) {
    try {
      var json = BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body));
      return send(
          answer,
          HttpRequest.newBuilder(uri(Map.of(), segments))
              .header("Content-Type", "application/json")
              .method(method, json));
    } catch (IOException impossible) {
      throw new IllegalStateException("a request that is no JSON", impossible);
    }
  }

  /// Writes the answer to a file, whatever its size.
  ///
  /// @return how many bytes
  long save(Path file, String... segments) {
    try {
      var response = http.save(HttpRequest.newBuilder(uri(Map.of(), segments)).GET(), file);
      if (response.isPresent()) {
        throw refusal(response.get());
      }
      return Files.size(file);
    } catch (NoAnswerException silence) {
      throw explain(silence);
    } catch (IOException unwritable) {
      throw CommandFailure.error(file + " cannot be written: " + unwritable.getMessage())
          .because(unwritable);
    }
  }

  private <T> T send(Class<T> answer, HttpRequest.Builder request) {
    try {
      var response = http.send(request.header("Accept", "application/json"));
      if (response.statusCode() / 100 != 2) {
        throw refusal(response);
      }
      return JSON.readValue(response.body(), answer);
    } catch (NoAnswerException silence) {
      throw explain(silence);
    } catch (IOException malformed) {
      throw CommandFailure.error(
              context.adminUrl() + " gave an answer that is not of Nameplate's admin API")
          .next("Check admin_url in " + context.file() + ".")
          .because(malformed);
    }
  }

  private CommandFailure refusal(HttpResponse<byte[]> response) {
    var problem = problem(response);
    int status = response.statusCode();
    var exitCode =
        switch (status) {
          case 400, 413, 415, 422 -> ExitCode.USAGE;
          case 401, 403 -> ExitCode.DENIED;
          case 404 -> ExitCode.NOT_FOUND;
          case 409 ->
              problem.filter(known -> known.code().equals("approval_pending")).isPresent()
                  ? ExitCode.APPROVAL
                  : ExitCode.CONFLICT;
          default -> ExitCode.ERROR;
        };
    var failure =
        CommandFailure.of(
            exitCode,
            problem
                .map(AdminApi.Problem::detail)
                .orElse(context.adminUrl() + " answered with HTTP status " + status));
    if (status < 500) {
      return failure;
    }
    var again =
        response
            .headers()
            .firstValue("Retry-After")
            .map(seconds -> "Try again in " + seconds + " s. ")
            .orElse("");
    return failure.next(
        again
            + problem
                .map(known -> "The server's log says more under request " + known.requestId() + ".")
                .orElse("The server's log says more."));
  }

  private static Optional<AdminApi.Problem> problem(HttpResponse<byte[]> response) {
    try {
      return Optional.of(JSON.readValue(response.body(), AdminApi.Problem.class));
    } catch (IOException somethingElse) {
      return Optional.empty();
    }
  }

  private CommandFailure explain(NoAnswerException silence) {
    var says = Optional.ofNullable(silence.getMessage()).orElse("no answer");
    return (switch (silence.why()) {
          case NOBODY_THERE ->
              CommandFailure.error(says)
                  .next("Is `nameplate serve --dir " + folder() + "` running?");
          case SERVER_NOT_TRUSTED ->
              CommandFailure.error(says)
                  .next("Is " + context.trust() + " the trust.pem of that server?");
          case NOT_LET_IN ->
              CommandFailure.of(ExitCode.DENIED, says)
                  .next("Is " + context.certificate() + " still a valid operator's certificate?");
          case TOO_LATE, BROKEN_OFF ->
              CommandFailure.error(says)
                  .next("What was asked for may have been done: look before you try again.");
        })
        .because(silence);
  }

  private String folder() {
    return Optional.ofNullable(context.file().getParent()).map(Object::toString).orElse(".");
  }

  private URI uri(Map<String, ? extends @Nullable Object> query, String... segments) {
    var uri = new StringBuilder(context.adminUrl().toString().replaceFirst("/+$", ""));
    uri.append(AdminApi.PATH);
    for (var segment : segments) {
      uri.append('/').append(encode(segment));
    }
    var pairs = new ArrayList<String>();
    query.forEach((name, value) -> {
      if (value != null) {
        pairs.add(name + "=" + encode(value.toString()));
      }
    });
    return URI.create(uri + (pairs.isEmpty() ? "" : "?" + String.join("&", pairs)));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
