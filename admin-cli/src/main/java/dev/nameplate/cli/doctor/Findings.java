package dev.nameplate.cli.doctor;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Collects what the checks find at one place.
final class Findings {

  private static final int TENTH = 10;

  private final List<Finding> all;
  private final String where;

  private Findings(List<Finding> all, String where) {
    this.all = all;
    this.where = where;
  }

  static Findings at(String where) {
    return new Findings(new ArrayList<>(), where);
  }

  /// More of the same examination, elsewhere.
  Findings elsewhere(Object place) {
    return new Findings(all, place.toString());
  }

  List<Finding> all() {
    return List.copyOf(all);
  }

  void ok(String check, String says) {
    all.add(new Finding(check, where, Grade.OK, says, ""));
  }

  void note(String check, String says, String next) {
    all.add(new Finding(check, where, Grade.NOTE, says, next));
  }

  void warn(String check, String says, String next) {
    all.add(new Finding(check, where, Grade.WARN, says, next));
  }

  void fail(String check, String says, String next) {
    all.add(new Finding(check, where, Grade.FAIL, says, next));
  }

  /// Whether a certificate is valid, and will be for a while.
  void life(String check, String whose, X509Certificate certificate, Instant now, String next) {
    var from = certificate.getNotBefore().toInstant();
    var until = certificate.getNotAfter().toInstant();
    if (now.isBefore(from)) {
      fail(check, whose + " is not valid before " + from, next);
    } else if (now.isAfter(until)) {
      fail(check, whose + " expired at " + until, next);
    } else if (Duration.between(now, until)
            .compareTo(Duration.between(from, until).dividedBy(TENTH))
        < 0) {
      warn(check, "less than a tenth of its life is left: " + whose + " ends at " + until, next);
    } else {
      ok(check, whose + " is valid until " + until);
    }
  }
}
