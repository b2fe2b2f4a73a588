package dev.nameplate.est;

import java.io.IOException;
import java.util.concurrent.TimeoutException;

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

  /// What `broken` says about a body that could not be read to its end: that it was too slow, or
  /// breaks off.
  static UnreadableBodyException of(IOException broken) {
    return broken instanceof BodyDeadline.TooSlowException
            || broken.getCause() instanceof TimeoutException
        ? new UnreadableBodyException(408, "The request body took too long to arrive.")
        : new UnreadableBodyException(400, "The request body breaks off.");
  }

  /// The HTTP status that says so: 400, 408 or 413.
  public int status() {
    return status;
  }

  public String reason() {
    return reason;
  }
}
