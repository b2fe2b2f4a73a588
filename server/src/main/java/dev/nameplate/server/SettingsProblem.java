package dev.nameplate.server;

import java.nio.file.Path;

/// Something in a file that an operator wrote is not as it must be.
///
/// @param line 1 for the first; 0 if the whole file is meant
/// @param what what was found, and what was expected: `unknown setting listeners.est.prot`
public record SettingsProblem(Path file, int line, String what) {

  /// `nameplate.yaml:12: unknown setting listeners.est.prot`.
  @Override
  public String toString() {
    return line > 0 ? file + ":" + line + ": " + what : file + ": " + what;
  }
}
