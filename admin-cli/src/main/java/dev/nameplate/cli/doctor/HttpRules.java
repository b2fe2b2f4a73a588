package dev.nameplate.cli.doctor;

import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Pattern;

/// What caches read in an answer (RFC 9111, RFC 9919 section 6).
final class HttpRules {

  private static final Pattern MAX_AGE = Pattern.compile("(?:^|[,\\s])max-age=([0-9]{1,9})");

  private HttpRules() {}

  static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  /// Empty if there is no such header, or no date in it as HTTP writes it.
  static Optional<Instant> date(HttpResponse<?> response, String name) {
    try {
      return response
          .headers()
          .firstValue(name)
          .map(text -> ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    } catch (DateTimeException malformed) {
      return Optional.empty();
    }
  }

  static Optional<Duration> maxAge(HttpResponse<?> response) {
    var found = MAX_AGE.matcher(header(response, "Cache-Control"));
    return found.find()
        ? Optional.of(Duration.ofSeconds(Long.parseLong(found.group(1))))
        : Optional.empty();
  }

  static boolean hasType(HttpResponse<?> response, String type) {
    return header(response, "Content-Type").split(";", 2)[0].strip().equalsIgnoreCase(type);
  }

  /// Whether a cache may keep an answer, and not for longer than it is good.
  static void checkCaching(
      String check, HttpResponse<?> response, Instant now, Instant nextUpdate, Findings findings) {
    var control = header(response, "Cache-Control");
    var maxAge = maxAge(response);
    var expires = date(response, "Expires");
    if (control.contains("no-store") || control.contains("private")) {
      findings.warn(
          check,
          "Cache-Control: " + control + " keeps every cache from helping",
          "Send max-age=SECONDS and public for answers that are signed and good for a while.");
    } else if (maxAge.isPresent() && now.plus(maxAge.get()).isAfter(nextUpdate)) {
      findings.fail(
          check,
          "a cache may keep this for %d s, but it is good only until %s"
              .formatted(maxAge.get().toSeconds(), nextUpdate),
          "Limit max-age to the time that is left until nextUpdate.");
    } else if (maxAge.isEmpty() && expires.isPresent() && expires.get().isAfter(nextUpdate)) {
      findings.fail(
          check,
          "Expires: " + expires.get() + " is later than nextUpdate, " + nextUpdate,
          "Let Expires be nextUpdate, or send a max-age that ends before.");
    } else if (maxAge.isEmpty() && expires.isEmpty()) {
      findings.warn(
          check,
          "neither Cache-Control: max-age nor Expires: each cache will guess",
          "Send Cache-Control: max-age=SECONDS,public,no-transform,must-revalidate.");
    } else if (date(response, "Last-Modified").isEmpty()) {
      findings.note(
          check,
          "no Last-Modified that can be read",
          "Send the thisUpdate of the answer as Last-Modified.");
    } else {
      findings.ok(
          check,
          maxAge
              .map(age -> "caches may keep it for %d s".formatted(age.toSeconds()))
              .orElseGet(() -> "caches may keep it until " + expires.orElseThrow()));
    }
  }
}
