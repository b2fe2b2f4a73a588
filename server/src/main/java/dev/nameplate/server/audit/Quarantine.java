package dev.nameplate.server.audit;

import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.store.QuarantineStore;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// Whether the database is in quarantine: it was put back to an older state, and nobody accepted
/// that yet. Then nothing is issued, and what was revoked stays revoked. All nodes see it within a
/// second.
public final class Quarantine implements Job {

  private final QuarantineStore store;
  private volatile Optional<QuarantineStore.Quarantine> found = Optional.empty();

  public Quarantine(QuarantineStore store) {
    this.store = store;
  }

  @Override
  public String name() {
    return "quarantine-watch";
  }

  @Override
  public String run(Instant now) {
    found = store.quarantine();
    return found.map(of -> "in quarantine: " + of.why()).orElse("not in quarantine");
  }

  public boolean isOn() {
    return found.isPresent();
  }

  /// Why nothing is issued, for anybody; empty if that is not so.
  public Optional<String> reason() {
    return found.map(_ ->
        "Nothing is issued now: the database was put back to an older state, and an administrator"
            + " has to look at that first.");
  }

  /// What a person should look at.
  public Map<String, String> warnings() {
    return found
        .map(of ->
            Map.of(
                "restore",
                "in quarantine since "
                    + of.since()
                    + ", nothing is issued: "
                    + of.why()
                    + "; look at it, and then: nameplate database accept-restore --reason TEXT"))
        .orElse(Map.of());
  }
}
