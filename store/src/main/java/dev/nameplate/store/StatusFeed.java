package dev.nameplate.store;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.StatusChanges;
import dev.nameplate.ca.store.StatusListener;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.store.Transaction.Scoped;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells listeners what this node changed, when it is committed, and what all nodes changed, when
/// asked to look: by the numbers of the changes, from the last one seen on, so that nothing is
/// missed however long the database was away.
///
/// What this node changed is told once more when it looks: that does no harm.
final class StatusFeed implements StatusChanges {

  private static final Logger LOG = LoggerFactory.getLogger(StatusFeed.class);

  private final Reader reader;
  private final CrlStore crls;
  private final StatusListeners listeners;

  /// For each scope the number up to which everything was told; guarded by this.
  private final Map<Scoped, Long> seen;

  /// Begins with what is there now: nobody listens yet.
  ///
  /// @param listeners whom the writer tells, too
  /// @throws StoreException if the database cannot be read
  StatusFeed(Reader reader, CrlStore crls, StatusListeners listeners) {
    this.reader = reader;
    this.crls = crls;
    this.listeners = listeners;
    seen = numbers();
  }

  @Override
  public void listen(StatusListener listener) {
    listeners.add(listener);
  }

  /// Tells what changed since the last look. What cannot be read may have changed, and is said to
  /// be lost, at each look that fails: whoever looked something up after one may have missed what
  /// came before the next.
  ///
  /// @throws StoreException if the database, or a part of it, cannot be read; the next look tells
  ///   the rest
  synchronized void look() {
    try {
      tellAll();
    } catch (RuntimeException | Error away) {
      listeners.lost();
      throw away;
    }
  }

  private void tellAll() {
    var now = numbers();
    if (wentBack(now)) {
      LOG.warn("the database is older than it was: every status may have changed");
      seen.clear();
      seen.putAll(now);
      listeners.lost();
      return;
    }
    var failures = new ArrayList<RuntimeException>();
    now.forEach((scoped, number) -> {
      try {
        tell(scoped, number);
      } catch (RuntimeException unreadable) {
        // the others can be told all the same
        failures.add(unreadable);
      }
    });
    if (!failures.isEmpty()) {
      throw failures.getFirst();
    }
  }

  private void tell(Scoped scoped, long number) {
    long before = seen.getOrDefault(scoped, 0L);
    if (number > before) {
      crls.changedSince(
          scoped.issuer(),
          scoped.scope(),
          before,
          change -> listeners.changed(scoped.issuer(), change.serial()));
      seen.put(scoped, number);
    }
  }

  private boolean wentBack(Map<Scoped, Long> now) {
    return seen.entrySet().stream()
        .anyMatch(before -> now.getOrDefault(before.getKey(), 0L) < before.getValue());
  }

  private Map<Scoped, Long> numbers() {
    return reader.read(connection -> {
      var numbers = new HashMap<Scoped, Long>();
      Sql.list(
          connection,
          "SELECT issuer_id, scope, changes FROM crl_scope",
          row ->
              numbers.put(
                  new Scoped(
                      new IssuerId(row.getString("issuer_id")),
                      new CrlScope(row.getString("scope"))),
                  row.getLong("changes")));
      return numbers;
    });
  }
}
