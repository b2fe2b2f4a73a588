package dev.nameplate.ca.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/// Remembers CRLs, and what belongs on the next one. All methods may be called from many threads at
/// once, and throw [StoreException] if the store cannot do its work now.
public interface CrlStore extends CrlSource {

  /// Hands every revoked or abandoned certificate of the scope, and of those that it covers, to
  /// `each`, in order of serial, in bounded memory: those whose notAfter is not before
  /// `expiredSince`.
  void revoked(IssuerId issuer, CrlScope scope, Instant expiredSince, Consumer<RevokedEntry> each);

  /// Hands every certificate of the scope whose status changed after `after` to `each`, in the
  /// order of their last changes and with their present status, in bounded memory. Ask with a
  /// number that [CrlState#changes] had: whoever goes on from there misses nothing.
  void changedSince(IssuerId issuer, CrlScope scope, long after, Consumer<StatusChange> each);

  /// Records the CRL if it follows the one that it was compared with, its number is larger, and no
  /// later holder of the lease published one. False, and nothing changed, if it is not so: another
  /// node was faster.
  ///
  /// @param after the number of the CRL that it was compared with, 0 if there was none
  /// @param lease the number of the lease under which it was made, 0 if under none
  boolean publish(PublishedCrl crl, long after, AuditEvent why, long lease);

  /// The oldest CRL that was published here and is not over at `now`: what relying parties hold
  /// cannot be older.
  Optional<CrlBase> oldestBase(IssuerId issuer, CrlScope scope, Instant now);

  /// Hands those to `each`, in order of serial, that left the list of this scope because they
  /// expired: whose notAfter is not before `from`, and before `to`.
  void expired(
      IssuerId issuer, CrlScope scope, Instant from, Instant to, Consumer<RevokedEntry> each);
}
