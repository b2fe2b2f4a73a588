package dev.nameplate.est;

/// A request body that cannot be read. The reason is meant for whoever sent it.
public final class UnreadableBodyException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String reason;

  UnreadableBodyException(int status, String reason) {
    super(reason);
    this.status = status;
    this.reason = reason;
  }

  /// The HTTP status that says so: 400 or 413.
  public int status() {
    return status;
  }

  public String reason() {
    return reason;
  }
}
