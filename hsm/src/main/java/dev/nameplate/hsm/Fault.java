package dev.nameplate.hsm;

/// What has to be done before it is worth trying again.
enum Fault {
  /// Nothing helps: the same call will fail again.
  CALLER,
  /// Time: no session was free before the deadline.
  BUSY,
  /// A new process: no call into the library returns any more, or the token was closed.
  STOPPED,
  /// A person: the PIN is wrong, or trying it once more could lock the token.
  PIN,
  /// A new session.
  SESSION,
  /// C_Finalize and C_Initialize: the library, or its view of the token, is stale.
  MODULE
}
