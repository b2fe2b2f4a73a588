package dev.nameplate.ca.store;

/// Tells of every change of a certificate's status, whichever node made it.
public interface StatusChanges {

  /// From now on `listener` hears of each change at least once. Of one that was made on this node
  /// it hears before the call that made it returns, of others as soon as this node learns of them.
  void listen(StatusListener listener);
}
