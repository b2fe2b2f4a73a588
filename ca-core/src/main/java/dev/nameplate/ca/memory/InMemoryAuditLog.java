package dev.nameplate.ca.memory;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.audit.AuditQuery;
import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.device.Owner;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// One audit chain in a list, which starts when it is made.
public final class InMemoryAuditLog implements AuditLog {

  private static final String CHAIN = "memory";

  private final InstantSource clock;
  private final List<AuditEvent> events = new ArrayList<>();
  private final List<AuditRow> rows = new ArrayList<>();

  /// @param clock what the rows are stamped by
  public InMemoryAuditLog(InstantSource clock) {
    this.clock = clock;
    chain(new AuditEvent.ChainStarted(CHAIN, "", 0, AuditRow.NOTHING_BEFORE));
  }

  @Override
  public synchronized void append(AuditEvent event) {
    events.add(event);
    chain(event);
  }

  @Override
  public void rows(Consumer<AuditRow> each) {
    snapshot().forEach(each);
  }

  @Override
  public synchronized List<AuditRow> newest(AuditQuery query) {
    return rows.reversed().stream().filter(query::matches).limit(query.limit()).toList();
  }

  /// What was appended, oldest first, without the start of the chain.
  public synchronized List<AuditEvent> events() {
    return List.copyOf(events);
  }

  /// Erases what is said in the owner's rows of this kind, and says how many it were; their hashes
  /// stay.
  synchronized int erase(Owner owner, String kind) {
    int erased = 0;
    for (var row : List.copyOf(rows)) {
      if (row.kind().equals(kind)
          && row.subject().equals(Optional.of(owner.toString()))
          && row.payload().isPresent()) {
        rows.set((int) row.sequence() - 1, row.erased());
        erased++;
      }
    }
    return erased;
  }

  private synchronized List<AuditRow> snapshot() {
    return List.copyOf(rows);
  }

  private void chain(AuditEvent event) {
    var previous = rows.isEmpty() ? AuditRow.NOTHING_BEFORE : rows.getLast().hash();
    rows.add(AuditRow.next(CHAIN, rows.size() + 1, clock.instant(), previous, event));
  }
}
