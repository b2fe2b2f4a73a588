package dev.nameplate.ca.signing;

/// Our own signing machinery is away, refuses or is broken. Nothing signed has left; trying again
/// later may help. Becomes 503 at the edge.
public class SigningException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public SigningException(String message) {
    super(message);
  }

  public SigningException(String message, Throwable cause) {
    super(message, cause);
  }
}
