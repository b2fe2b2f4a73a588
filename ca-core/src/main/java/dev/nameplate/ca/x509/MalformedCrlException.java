package dev.nameplate.ca.x509;

/// Bytes that are no certificate revocation list we can read. The message says what was found.
public final class MalformedCrlException extends Exception {

  private static final long serialVersionUID = 1L;

  public MalformedCrlException(String message) {
    super(message);
  }
}
