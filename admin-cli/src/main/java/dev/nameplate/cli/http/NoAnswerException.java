package dev.nameplate.cli.http;

/// A request got no answer, and the message says why in words for a person. Whether the server
/// acted on it is not known, except where [Why] says that it never heard of it.
public final class NoAnswerException extends Exception {

  private static final long serialVersionUID = 1L;

  /// What kind of silence it was.
  public enum Why {
    /// Nothing listens there: the request was never sent.
    NOBODY_THERE,
    /// The server's certificate is not to be trusted: the request was never sent.
    SERVER_NOT_TRUSTED,
    /// The server ended the handshake: it wants a certificate, or another one.
    NOT_LET_IN,
    /// It took too long.
    TOO_LATE,
    /// The connection broke.
    BROKEN_OFF
  }

  private final Why why;

  NoAnswerException(Why why, String message, Throwable cause) {
    super(message, cause);
    this.why = why;
  }

  public Why why() {
    return why;
  }
}
