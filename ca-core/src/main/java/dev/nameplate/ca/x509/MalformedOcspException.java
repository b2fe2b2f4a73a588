package dev.nameplate.ca.x509;

/// Bytes that are no OCSP answer about certificates.
public final class MalformedOcspException extends Exception {

  private static final long serialVersionUID = 1L;

  MalformedOcspException(String message) {
    super(message);
  }

  MalformedOcspException(String message, Throwable cause) {
    super(message, cause);
  }
}
