package dev.nameplate.ca.x509;

/// Bytes that are no certification request we can trust. The message says what was found; it is
/// meant for whoever sent them.
public final class MalformedCsrException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String reason;

  public MalformedCsrException(String message) {
    super(message);
    this.reason = message;
  }

  /// The message, which is always there.
  public String reason() {
    return reason;
  }
}
