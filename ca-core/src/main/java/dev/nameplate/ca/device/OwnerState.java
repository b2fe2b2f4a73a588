package dev.nameplate.ca.device;

/// Where an owner stands within its identity epoch. What moves it from one state to another is the
/// one table in [#on].
public enum OwnerState {
  /// Known, and never given a certificate in this epoch.
  REGISTERED,
  /// Given a certificate that nobody has used yet.
  ENROLLED,
  /// Seen with its certificate.
  ACTIVE,
  /// On hold, with all its certificates: for a while, and the only state that can be undone.
  SUSPENDED,
  /// Taken back, and refused everywhere; that it was is not proven yet.
  RETIRING,
  /// Taken back for good: nothing is issued in this epoch any more.
  RETIRED,
  /// Given up before it had a certificate.
  CANCELLED,
  /// Retired, and forgotten but for what proves it.
  PURGED;

  /// What happens to an owner.
  public enum Trigger {
    /// It is issued a certificate.
    ISSUE,
    /// It is seen in use of a certificate.
    SEE,
    SUSPEND,
    RESUME,
    /// It is taken back, also because it was lost or stolen.
    RETIRE,
    /// Everybody has seen that it was taken back, and what it held was wiped.
    FINISH,
    CANCEL,
    /// It begins a new epoch, with a new key.
    REPURPOSE,
    /// Its time of keeping is over.
    PURGE
  }

  /// What a trigger does.
  public sealed interface Move {

    /// The owner is in this state then; it may be the one that it was in.
    record To(OwnerState state) implements Move {}

    /// Nothing: the trigger is not for this state.
    record Refused(OwnerState from, Trigger trigger) implements Move {}
  }

  /// The table. All that it does not name is refused; a store asks it under the owner's lock.
  public Move on(Trigger trigger) {
    return switch (trigger) {
      case ISSUE ->
          switch (this) {
            case REGISTERED, ENROLLED -> new Move.To(ENROLLED);
            case ACTIVE -> new Move.To(ACTIVE);
            case SUSPENDED, RETIRING, RETIRED, CANCELLED, PURGED -> refuse(trigger);
          };
      case SEE ->
          switch (this) {
            case ENROLLED, ACTIVE -> new Move.To(ACTIVE);
            case REGISTERED, SUSPENDED, RETIRING, RETIRED, CANCELLED, PURGED -> refuse(trigger);
          };
      case SUSPEND -> from(ACTIVE, SUSPENDED, trigger);
      case RESUME -> from(SUSPENDED, ACTIVE, trigger);
      case RETIRE ->
          switch (this) {
            case REGISTERED, ENROLLED, ACTIVE, SUSPENDED -> new Move.To(RETIRING);
            case RETIRING, RETIRED, CANCELLED, PURGED -> refuse(trigger);
          };
      case FINISH -> from(RETIRING, RETIRED, trigger);
      case CANCEL -> from(REGISTERED, CANCELLED, trigger);
      case REPURPOSE -> from(RETIRED, REGISTERED, trigger);
      case PURGE -> from(RETIRED, PURGED, trigger);
    };
  }

  private Move from(OwnerState from, OwnerState to, Trigger trigger) {
    return this == from ? new Move.To(to) : refuse(trigger);
  }

  private Move refuse(Trigger trigger) {
    return new Move.Refused(this, trigger);
  }

  /// Whether a certificate may be issued to an owner in this state.
  public boolean mayEnroll() {
    return on(Trigger.ISSUE) instanceof Move.To;
  }

  /// Whether it was taken back, and its names and keys are tombstones.
  public boolean isTakenBack() {
    return switch (this) {
      case RETIRING, RETIRED, PURGED -> true;
      case REGISTERED, ENROLLED, ACTIVE, SUSPENDED, CANCELLED -> false;
    };
  }

  /// How an owner in this state is described to whoever asks for something that it cannot have:
  /// `retired`.
  public String word() {
    return switch (this) {
      case REGISTERED -> "registered";
      case ENROLLED -> "enrolled";
      case ACTIVE -> "active";
      case SUSPENDED -> "suspended";
      case RETIRING, RETIRED, PURGED -> "retired";
      case CANCELLED -> "cancelled";
    };
  }

  /// After a certificate was issued.
  ///
  /// @throws IllegalStateException if none may be
  public OwnerState issued() {
    return require(on(Trigger.ISSUE));
  }

  /// After it was issued a certificate whose use was seen by whoever asked for it.
  ///
  /// @throws IllegalStateException if none may be
  public OwnerState issuedAndSeen() {
    return require(issued().on(Trigger.SEE));
  }

  /// What a retirement makes of it: devices stay RETIRING until everything about it is proven; for
  /// all other owners there is nothing more to do.
  public Move retire(OwnerKind kind) {
    var move = on(Trigger.RETIRE);
    return move instanceof Move.To(var to) && kind != OwnerKind.DEVICE
        ? to.on(Trigger.FINISH)
        : move;
  }

  private static OwnerState require(Move move) {
    return switch (move) {
      case Move.To(var state) -> state;
      case Move.Refused(var from, var trigger) ->
          throw new IllegalStateException(trigger + " is not for an owner that is " + from);
    };
  }
}
