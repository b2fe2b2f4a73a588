package dev.nameplate.server.audit;

import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.store.CheckpointStore;
import dev.nameplate.ca.store.CheckpointStore.Stored;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// Brings each checkpoint out of the database: into the file, to syslog, and to whoever serves the
/// last one. What could not be brought out is tried again.
public final class CheckpointExport implements Job {

  private static final int AT_ONCE = 100;

  private final CheckpointStore checkpoints;
  private final CheckpointFile file;
  private final Optional<Syslog> syslog;
  private final Duration late;
  private final BooleanSupplier held;
  private volatile Optional<Stored> latest = Optional.empty();
  private volatile Map<String, String> warnings = Map.of();
  private boolean asked;

  /// @param late how old the last checkpoint may be, if there are rows after it
  /// @param held while this is so nothing is brought out: the file is what the database is compared
  ///   with
  public CheckpointExport(
      CheckpointStore checkpoints,
      CheckpointFile file,
      Optional<Syslog> syslog,
      Duration late,
      BooleanSupplier held) {
    this.checkpoints = checkpoints;
    this.file = file;
    this.syslog = syslog;
    this.late = late;
    this.held = held;
  }

  @Override
  public String name() {
    return "checkpoint-export";
  }

  /// The last one that was brought out.
  public Optional<Stored> latest() {
    return latest;
  }

  /// What a person should look at.
  public Map<String, String> warnings() {
    return warnings;
  }

  /// @throws UncheckedIOException if the file cannot be written
  @Override
  public synchronized String run(Instant now) {
    if (held.getAsBoolean()) {
      return "nothing is exported while the database is in quarantine";
    }
    try {
      int exported = export();
      warnings = warning(now);
      return exported + " checkpoints exported";
    } catch (IOException failed) {
      warnings = Map.of("audit", "checkpoints cannot be exported: " + failed.getMessage());
      throw new UncheckedIOException("checkpoints cannot be exported to " + file.path(), failed);
    }
  }

  private int export() throws IOException {
    if (!asked) {
      var last = file.last();
      latest =
          last.map(of ->
              new Stored(
                  of.checkpoint().number(),
                  of.checkpoint().at(),
                  of.checkpoint().node(),
                  of.jws()));
      asked = true;
    }
    int exported = 0;
    while (true) {
      var next = checkpoints.checkpointsAfter(latest.map(Stored::number).orElse(0L), AT_ONCE);
      for (var each : next) {
        file.append(each);
        syslog.ifPresent(to -> to.offer(each));
        latest = Optional.of(each);
        exported++;
      }
      if (next.size() < AT_ONCE) {
        return exported;
      }
    }
  }

  private Map<String, String> warning(Instant now) {
    var lost = syslog.map(Syslog::dropped).orElse(0L);
    if (lost > 0) {
      return Map.of("audit", lost + " checkpoints did not reach the syslog receiver");
    }
    var waiting = syslog.flatMap(Syslog::waitingSince);
    if (waiting.filter(of -> Duration.between(of, now).compareTo(late) > 0).isPresent()) {
      return Map.of(
          "audit", "the syslog receiver is away: checkpoints wait for it since " + waiting.get());
    }
    var since = latest.map(Stored::at).orElse(Instant.EPOCH);
    return Duration.between(since, now).compareTo(late) > 0
        ? Map.of(
            "audit",
            "no checkpoint of the audit log since "
                + latest.map(of -> of.at().toString()).orElse("it began"))
        : Map.of();
  }

  /// From now on everything is brought out anew.
  public synchronized void forget() {
    asked = false;
    latest = Optional.empty();
  }
}
