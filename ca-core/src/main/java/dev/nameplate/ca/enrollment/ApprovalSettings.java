package dev.nameplate.ca.enrollment;

import java.time.Duration;

/// How requests wait for an operator.
///
/// @param retryAfter when a client that waits is told to ask again
/// @param life how long a request waits, an approval waits to be collected, and a denial is held
///   against the same request
/// @param mostInAll how many may wait at once, of all labels
/// @param mostOfLabel how many of one label
public record ApprovalSettings(Duration retryAfter, Duration life, int mostInAll, int mostOfLabel) {

  public static final ApprovalSettings USUAL =
      new ApprovalSettings(Duration.ofSeconds(60), Duration.ofDays(7), 1000, 500);

  public ApprovalSettings {
    if (retryAfter.toSeconds() < 1 || life.compareTo(retryAfter) <= 0) {
      throw new IllegalArgumentException(
          "a retry after " + retryAfter + " within a life of " + life);
    }
    if (mostInAll < 1 || mostOfLabel < 1) {
      throw new IllegalArgumentException("a queue without a place");
    }
  }
}
