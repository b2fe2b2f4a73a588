package dev.nameplate.ca.store;

/// Our own store is away, full, late or broken. Becomes 503 at the edge. Unless the message says
/// that the outcome is unknown, nothing was changed.
public class StoreException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public StoreException(String message) {
    super(message);
  }

  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
