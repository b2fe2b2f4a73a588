package dev.nameplate.server;

/// The issuing node does not answer, or refuses; the message says why. What was asked for may have
/// been done: asking again is right.
final class IssuingNodeException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  IssuingNodeException(String message) {
    super(message);
  }

  IssuingNodeException(String message, Throwable cause) {
    super(message, cause);
  }
}
