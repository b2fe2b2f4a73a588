package dev.nameplate.server.ceremony;

/// A step of a ceremony could not be done; the message says why, and what is half made, in words
/// for the people around the table.
public final class CeremonyException extends Exception {

  private static final long serialVersionUID = 1L;

  public CeremonyException(String message) {
    super(message);
  }

  public CeremonyException(String message, Throwable cause) {
    super(message, cause);
  }
}
