package dev.nameplate.cli.est;

/// The server answered with something that is not EST, or not what was asked for.
public final class EstProtocolException extends Exception {

  private static final long serialVersionUID = 1L;

  EstProtocolException(String message) {
    super(message);
  }

  EstProtocolException(String message, Throwable cause) {
    super(message, cause);
  }
}
