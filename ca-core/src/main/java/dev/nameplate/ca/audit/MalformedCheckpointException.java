package dev.nameplate.ca.audit;

/// What should be a signed checkpoint, and is none.
public final class MalformedCheckpointException extends Exception {

  private static final long serialVersionUID = 1L;

  MalformedCheckpointException(String message) {
    super(message);
  }

  MalformedCheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
