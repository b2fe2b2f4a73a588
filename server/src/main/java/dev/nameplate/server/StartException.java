package dev.nameplate.server;

/// The server cannot start, and the message says why in words for an operator. What was opened on
/// the way is closed again.
public final class StartException extends Exception {

  private static final long serialVersionUID = 1L;

  public StartException(String message) {
    super(message);
  }

  public StartException(String message, Throwable cause) {
    super(message, cause);
  }
}
