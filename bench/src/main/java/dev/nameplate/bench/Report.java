package dev.nameplate.bench;

import java.io.PrintStream;
import java.util.Locale;

/// Prints figures as a table: what was measured, how often per second, and its ratio to a limit.
final class Report {

  private final PrintStream out;

  Report(PrintStream out) {
    this.out = out;
  }

  void section(String title) {
    out.printf("%n%s%n", title);
  }

  /// A limit: what this machine can do at best, now.
  double limit(String what, double perSecond) {
    out.printf(Locale.ROOT, "  %-58s %10.0f /s   limit%n", what, perSecond);
    return perSecond;
  }

  /// A figure of ours, beside a limit that was measured in the same run.
  void figure(String what, double perSecond, String limitName, double limit) {
    out.printf(
        Locale.ROOT,
        "  %-58s %10.0f /s   %5.2f of %s (%.0f /s)%n",
        what,
        perSecond,
        perSecond / limit,
        limitName,
        limit);
  }

  /// What a server in a process of its own did, and what it cost it.
  void cost(String what, Rate rate) {
    out.printf(
        Locale.ROOT,
        "  %-58s %10.0f /s   %7.0f per core-second, %5.0f µs of CPU%n",
        what,
        rate.perSecond(),
        rate.perCoreSecond(),
        rate.cpuMicros());
  }

  /// The same beside a limit: what it could have cost at best.
  void cost(String what, Rate rate, String limitName, double limitMicros) {
    cost(what, rate);
    out.printf(
        Locale.ROOT,
        "  %58s %10s      %7.2f of %s (%.0f µs)%n",
        "",
        "",
        limitMicros / rate.cpuMicros(),
        limitName,
        limitMicros);
  }

  void say(String line) {
    out.println(line);
  }
}
