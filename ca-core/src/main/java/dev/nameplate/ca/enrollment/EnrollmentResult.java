package dev.nameplate.ca.enrollment;

import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.store.PendingRequest;
import dev.nameplate.ca.x509.Certificate;
import java.time.Duration;

/// The answer to a request for a certificate.
public sealed interface EnrollmentResult {

  /// Here it is; committed, and the same bytes for the same request.
  ///
  /// @param again whether this request was answered before
  record Issued(Certificate certificate, boolean again) implements EnrollmentResult {}

  /// A rule says no, and it was written down.
  record Refused(Refusal refusal) implements EnrollmentResult {}

  /// It waits for an operator's approval; ask the same again after a while.
  ///
  /// @param id by which the operator knows it
  record Queued(PendingRequest.Id id, Duration retryAfter) implements EnrollmentResult {}

  /// The same request is being answered right now; ask again after a while.
  record InProgress(Duration retryAfter) implements EnrollmentResult {}
}
