package dev.nameplate.ca.audit;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The audit log: append only, chained. May be used by many threads at once.
public interface AuditLog {

  /// Writes an event that goes with no other change, such as a refusal.
  void append(AuditEvent event);

  /// Hands every row to `each`, the newest chain first, in order of sequence within a chain, in
  /// bounded memory.
  void rows(Consumer<AuditRow> each);

  /// The newest rows, newest first, of all subjects or of one (`device:pump-0017`).
  default List<AuditRow> newest(Optional<String> subject, int limit) {
    return newest(AuditQuery.newest(subject, limit));
  }

  /// Those that are asked for, newest first.
  List<AuditRow> newest(AuditQuery query);
}
