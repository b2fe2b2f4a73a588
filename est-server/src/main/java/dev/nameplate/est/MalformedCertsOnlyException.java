package dev.nameplate.est;

/// Bytes that are no certs-only message. The message says what was found.
public final class MalformedCertsOnlyException extends Exception {

  private static final long serialVersionUID = 1L;

  public MalformedCertsOnlyException(String message) {
    super(message);
  }

  public MalformedCertsOnlyException(String message, Throwable cause) {
    super(message, cause);
  }
}
