package dev.nameplate.ca.signing;

/// Text that is no JWS of ours, or whose signature is not good.
public final class MalformedJwsException extends Exception {

  private static final long serialVersionUID = 1L;

  MalformedJwsException(String message) {
    super(message);
  }

  MalformedJwsException(String message, Throwable cause) {
    super(message, cause);
  }
}
