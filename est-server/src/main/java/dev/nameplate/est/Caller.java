package dev.nameplate.est;

import dev.nameplate.ca.device.Requester;
import jakarta.ws.rs.core.Response;

/// The outcome of asking an HTTP request who sent it.
sealed interface Caller {

  record Known(Requester requester) implements Caller {}

  /// Nobody whom we may answer; this is what to say.
  record Rejected(Response reply) implements Caller {}
}
