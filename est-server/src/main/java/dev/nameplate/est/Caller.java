package dev.nameplate.est;

import dev.nameplate.ca.device.Requester;

/// The outcome of asking a request who sent it.
sealed interface Caller {

  record Known(Requester requester) implements Caller {}

  /// Nobody whom we may answer; this is what to say.
  record Rejected(Outcome outcome) implements Caller {}
}
