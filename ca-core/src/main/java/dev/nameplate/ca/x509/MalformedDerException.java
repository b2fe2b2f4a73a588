package dev.nameplate.ca.x509;

/// Bytes that are not the DER they should be. The message says what was found.
public final class MalformedDerException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String reason;

  public MalformedDerException(String message) {
    super(message);
    this.reason = message;
  }

  /// The message, which is always there.
  public String reason() {
    return reason;
  }
}
