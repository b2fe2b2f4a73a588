package dev.nameplate.ca.x509;

/// Bytes that are no X.509 certificate we can read. The message says what was found.
public final class MalformedCertificateException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String reason;

  public MalformedCertificateException(String message) {
    super(message);
    this.reason = message;
  }

  /// The message, which is always there.
  public String reason() {
    return reason;
  }
}
