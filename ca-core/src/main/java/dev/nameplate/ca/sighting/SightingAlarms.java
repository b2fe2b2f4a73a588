package dev.nameplate.ca.sighting;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.store.SightingRecord.Alarm;
import dev.nameplate.ca.store.Standing;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Counts what should not have been seen, and writes the counts into the audit log once a minute: a
/// device that tries all day does not fill the log. May be used by many threads at once.
public final class SightingAlarms {

  /// How many lines one minute has at most; the rest is one more line for each alarm.
  static final int MOST_LINES = 200;

  /// @param owner nothing if it is not known, or one of too many
  private record Line(Alarm alarm, Optional<Owner> owner, String source) {}

  private final Map<Line, Long> counts = new LinkedHashMap<>();

  /// One more.
  ///
  /// @param standing of the certificate, if it was issued here
  public synchronized void count(Alarm alarm, Optional<Standing> standing, String source) {
    var line = new Line(alarm, standing.map(found -> found.owner().owner()), source);
    var told = counts.containsKey(line) || counts.size() < MOST_LINES;
    counts.merge(told ? line : new Line(alarm, Optional.empty(), "others"), 1L, Long::sum);
  }

  /// Writes what was counted since the last time; how many events. What cannot be written is kept
  /// for the next time.
  public int write(AuditLog audit, Instant now) {
    var minute = now.truncatedTo(ChronoUnit.MINUTES);
    var due = drain();
    int written = 0;
    try {
      for (var count : due.entrySet()) {
        audit.append(event(count.getKey(), minute, count.getValue()));
        written++;
      }
    } finally {
      keep(due, written);
    }
    return written;
  }

  private synchronized Map<Line, Long> drain() {
    var due = new LinkedHashMap<>(counts);
    counts.clear();
    return due;
  }

  private synchronized void keep(Map<Line, Long> due, int written) {
    due.entrySet().stream()
        .skip(written)
        .forEach(count -> counts.merge(count.getKey(), count.getValue(), Long::sum));
  }

  private static AuditEvent event(Line line, Instant minute, long count) {
    return line.owner()
        .<AuditEvent>map(
            owner -> new AuditEvent.RetiredSeen(owner, line.source(), minute, count))
        .orElseGet(() ->
            new AuditEvent.StrangeSightings(
                switch (line.alarm()) {
                  case UNKNOWN -> "unknown certificate seen";
                  case TAKEN_BACK -> "retired device seen";
                },
                line.source(),
                minute,
                count));
  }
}
