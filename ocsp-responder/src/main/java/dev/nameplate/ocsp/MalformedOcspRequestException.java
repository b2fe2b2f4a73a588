package dev.nameplate.ocsp;

/// Bytes that are no OCSP request we answer. The message says what was found.
final class MalformedOcspRequestException extends Exception {

  private static final long serialVersionUID = 1L;

  MalformedOcspRequestException(String message) {
    super(message);
  }
}
