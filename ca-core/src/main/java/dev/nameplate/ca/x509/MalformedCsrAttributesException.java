package dev.nameplate.ca.x509;

/// Bytes that are no CSR attributes. The message says what was found.
public final class MalformedCsrAttributesException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String reason;

  public MalformedCsrAttributesException(String message) {
    super(message);
    this.reason = message;
  }

  /// The message, which is always there.
  public String reason() {
    return reason;
  }
}
