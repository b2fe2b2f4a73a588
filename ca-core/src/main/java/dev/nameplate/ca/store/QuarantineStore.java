package dev.nameplate.ca.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Remembers that the database was put back to an older state, until somebody accepts it, and the
/// revocations of certificates that are not known any more. All methods may be called from many
/// threads at once, and throw [StoreException] if the store cannot do its work now.
public interface QuarantineStore {

  /// @param node who found it
  /// @param why what is older, and than what
  /// @param lostFrom the first checkpoint that is missing, 0 if none is known to be
  /// @param lostTo the last one
  record Quarantine(Instant since, String node, String why, long lostFrom, long lostTo) {}

  /// The one that knows of most lost checkpoints, if one has not ended.
  Optional<Quarantine> quarantine();

  void begin(Quarantine quarantine, AuditEvent.RestoreFound why);

  /// Ends all of them. False if there is none.
  boolean end(Instant now, AuditEvent.RestoreAccepted why);

  /// From now on these are revoked, although nobody here issued them: those that are known already
  /// are left out. If any is new, no delta is made any more to a list that was published before.
  ///
  /// @param notAfter until when they may be good
  /// @return how many are new
  long addLost(IssuerId issuer, CrlScope scope, List<RevokedEntry> entries, Instant notAfter);
}
