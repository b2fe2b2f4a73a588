package dev.nameplate.ca.store;

import java.util.List;
import java.util.Locale;

/// What became of an operator's wish to move an owner from one state to another.
public sealed interface MoveOutcome {

  /// Committed, all of it.
  ///
  /// @param owner as it is now
  /// @param certificates whose status was changed by it
  record Moved(OwnerRecord owner, List<CertificateRecord> certificates) implements MoveOutcome {}

  /// Nothing was changed.
  record Refused(OwnerRecord owner, Code code, String detail) implements MoveOutcome {}

  record NotFound() implements MoveOutcome {}

  /// Why not, as machines see it.
  enum Code {
    /// The state table does not have it.
    ILLEGAL_TRANSITION,
    /// Its suspension goes on.
    SUSPENSION_GOES_ON,
    /// It is in another identity epoch by now.
    OTHER_EPOCH,
    /// A certificate was issued to it, or is being made.
    HAS_CERTIFICATE,
    /// One of its certificates has not expired.
    UNEXPIRED_CERTIFICATE,
    /// It has to be kept for longer.
    RETENTION,
    /// It keeps its attributes as they are.
    ATTRIBUTES_FIXED,
    /// The hardware serial belongs to another one, or did.
    HARDWARE_SERIAL_TAKEN;

    /// `illegal_transition`
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
