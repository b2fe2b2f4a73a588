package dev.nameplate.server.setup;

/// The folder could not be made, and the message says why in words for an operator. What was begun
/// is removed again.
public final class InitException extends Exception {

  private static final long serialVersionUID = 1L;

  public InitException(String message) {
    super(message);
  }

  public InitException(String message, Throwable cause) {
    super(message, cause);
  }
}
