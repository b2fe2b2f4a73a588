package dev.nameplate.ca.x509;

/// A public key that is malformed, weak or of a kind that Nameplate does not certify. The message
/// says what was found.
public final class UnacceptableKeyException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String reason;

  public UnacceptableKeyException(String message) {
    super(message);
    this.reason = message;
  }

  /// The message, which is always there.
  public String reason() {
    return reason;
  }
}
