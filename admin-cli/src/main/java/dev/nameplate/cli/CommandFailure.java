package dev.nameplate.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A command could not do what it was asked to. [Main] prints it and ends with its code.
final class CommandFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;
  private final @Nullable String next;

  private CommandFailure(
      ExitCode exitCode, String what, @Nullable String next, @Nullable Throwable cause) {
    super(what, cause);
    this.exitCode = exitCode;
    this.next = next;
  }

  /// @param what what happened and why, as one sentence without a full stop
  static CommandFailure of(ExitCode exitCode, String what) {
    return new CommandFailure(exitCode, what, null, null);
  }

  static CommandFailure error(String what) {
    return of(ExitCode.ERROR, what);
  }

  /// The same failure, with what the reader can do about it.
  CommandFailure next(String advice) {
    return new CommandFailure(exitCode, says(), advice, getCause());
  }

  CommandFailure because(Throwable cause) {
    return new CommandFailure(exitCode, says(), next, cause);
  }

  ExitCode exitCode() {
    return exitCode;
  }

  String says() {
    return Optional.ofNullable(getMessage()).orElse("");
  }

  Optional<String> next() {
    return Optional.ofNullable(next);
  }
}
