package dev.nameplate.server;

/// The rules refused a certificate of our own; the message says why.
public final class NotIssuedException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  NotIssuedException(String message) {
    super(message);
  }
}
