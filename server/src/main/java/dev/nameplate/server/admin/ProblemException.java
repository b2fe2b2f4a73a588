package dev.nameplate.server.admin;

import java.time.Duration;
import java.util.Optional;

/// The answer to a request that cannot be granted, from where that is found out to the one place
/// that writes it. Not a fault of ours: it has no stack trace.
final class ProblemException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;
  private final transient Optional<Duration> retryAfter;

  private ProblemException(int status, String code, String detail) {
    this(status, code, detail, Optional.empty());
  }

  private ProblemException(int status, String code, String detail, Optional<Duration> retryAfter) {
    super(detail, null, false, false);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /// The request cannot be understood, or asks for something that is not possible.
  static ProblemException invalid(String detail) {
    return new ProblemException(400, "invalid_request", detail);
  }

  static ProblemException forbidden(String detail) {
    return new ProblemException(403, "forbidden", detail);
  }

  static ProblemException notFound(String detail) {
    return new ProblemException(404, "not_found", detail);
  }

  static ProblemException conflict(String code, String detail) {
    return new ProblemException(409, code, detail);
  }

  static ProblemException tooLarge(String detail) {
    return new ProblemException(413, "too_large", detail);
  }

  static ProblemException tooMany(String detail, Duration retryAfter) {
    return new ProblemException(429, "too_many_requests", detail, Optional.of(retryAfter));
  }

  /// Not now, and not by trying again soon.
  static ProblemException unavailable(String code, String detail) {
    return new ProblemException(503, code, detail, Optional.of(Duration.ofMinutes(1)));
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  /// When asking again makes sense.
  Optional<Duration> retryAfter() {
    return retryAfter;
  }

  String detail() {
    return String.valueOf(getMessage());
  }
}
