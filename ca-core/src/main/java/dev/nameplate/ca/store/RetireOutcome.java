package dev.nameplate.ca.store;

import java.util.List;

/// What became of a retirement.
public sealed interface RetireOutcome {

  /// Committed, all of it.
  ///
  /// @param revoked the certificates that this retirement revoked
  /// @param abandoned how many reservations it took back
  /// @param burned how many secrets it made useless
  record Retired(OwnerRecord owner, List<CertificateRecord> revoked, int abandoned, int burned)
      implements RetireOutcome {}

  /// It was RETIRING or RETIRED before; nothing was changed.
  record AlreadyRetired(OwnerRecord owner) implements RetireOutcome {}

  /// The state table does not have it; nothing was changed.
  record Refused(OwnerRecord owner) implements RetireOutcome {}

  record NotFound() implements RetireOutcome {}
}
