package dev.nameplate.cli.doctor;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;

/// Whether the server's clock and ours show the same time.
final class ClockCheck {

  /// So much is the way of an answer and the rounding to seconds.
  static final Duration TOLERANCE = Duration.ofSeconds(5);

  private static final Duration TOO_MUCH = Duration.ofMinutes(5);

  private ClockCheck() {}

  static void run(HttpResponse<?> response, InstantSource clock, Findings findings) {
    var date = HttpRules.date(response, "Date");
    if (date.isEmpty()) {
      findings.note(
          "clock", "the answer has no Date", "Let the HTTP server send one: caches count from it.");
      return;
    }
    var skew = Duration.between(clock.instant(), date.get());
    var says =
        "its clock and the one of this machine are %d s apart".formatted(skew.abs().toSeconds());
    if (skew.abs().compareTo(TOO_MUCH) > 0) {
      findings.fail("clock", says, "Synchronize both with NTP; find out which of them is wrong.");
    } else if (skew.abs().compareTo(TOLERANCE) > 0) {
      findings.warn("clock", says, "Synchronize both with NTP; find out which of them is wrong.");
    } else {
      findings.ok("clock", "its clock and the one of this machine agree");
    }
  }
}
