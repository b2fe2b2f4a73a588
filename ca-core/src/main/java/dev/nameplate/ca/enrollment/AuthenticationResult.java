package dev.nameplate.ca.enrollment;

import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.policy.Refusal;

/// Who is asking.
public sealed interface AuthenticationResult {

  record Known(Requester requester) implements AuthenticationResult {}

  /// Somebody whom we know, with a credential that counts no more. It was written down.
  record Refused(Refusal refusal) implements AuthenticationResult {}

  /// Nobody whom we know; `why` is for the log, and tells the sender nothing that it did not know.
  record Unknown(String why) implements AuthenticationResult {}
}
