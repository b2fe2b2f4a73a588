package dev.nameplate.ca.device;

/// Where an owner stands within its identity epoch. Moves go forward only.
public enum OwnerState {
  /// Known, and never given a certificate.
  REGISTERED,
  /// Given a certificate that nobody has used yet.
  ENROLLED,
  /// Seen with its certificate.
  ACTIVE,
  /// Taken back: nothing is issued in this epoch any more.
  RETIRED;

  /// Whether a certificate may be issued to an owner in this state.
  public boolean mayEnroll() {
    return switch (this) {
      case REGISTERED, ENROLLED, ACTIVE -> true;
      case RETIRED -> false;
    };
  }

  /// After a certificate was issued.
  public OwnerState issued() {
    return switch (this) {
      case REGISTERED, ENROLLED -> ENROLLED;
      case ACTIVE -> ACTIVE;
      case RETIRED -> throw new IllegalStateException("a retired owner is issued nothing");
    };
  }

  /// After a certificate was seen in use.
  public OwnerState seen() {
    return switch (this) {
      case REGISTERED, ENROLLED, ACTIVE -> ACTIVE;
      case RETIRED -> RETIRED;
    };
  }
}
