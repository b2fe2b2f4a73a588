package dev.nameplate.cli.status;

/// What came back is not what it should be, and the message says in which way.
public final class MalformedStatusException extends Exception {

  private static final long serialVersionUID = 1L;

  MalformedStatusException(String what, Throwable cause) {
    super(what, cause);
  }

  public MalformedStatusException(String what) {
    super(what);
  }
}
