package dev.nameplate.est;

import dev.nameplate.ca.audit.AuditEvent;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Counts the refusals of somebody who proved to be nobody. A job writes the counts into the audit
/// log once a minute, so that the public cannot write through the writer. May be used by many
/// threads at once.
public final class UnauthenticatedRefusals {

  /// What was refused.
  public enum Kind {
    /// An enrollment secret that is not the user's.
    WRONG_SECRET,
    /// A secret that was not looked at: too many wrong ones before.
    THROTTLED,
    /// Nothing but a certificate that was not issued here.
    UNKNOWN_CERTIFICATE
  }

  private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);

  /// One more.
  public synchronized void count(Kind kind) {
    counts.merge(kind, 1L, Long::sum);
  }

  /// Hands out what was counted since the last time, and begins anew. If the events cannot be
  /// written the counts are lost with them.
  public synchronized List<AuditEvent.UnauthenticatedRefusals> drain(Instant now) {
    var minute = now.truncatedTo(ChronoUnit.MINUTES);
    var events =
        counts.entrySet().stream()
            .map(count ->
                new AuditEvent.UnauthenticatedRefusals(
                    "est " + count.getKey().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                    minute,
                    count.getValue()))
            .toList();
    counts.clear();
    return events;
  }
}
