package dev.nameplate.hsm;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;

/// Where the PIN of a token is read from, anew for every login. In a file it is the first line.
public sealed interface PinSource {

  /// A file that nobody but its owner may read or write; any other is refused.
  record File(Path path) implements PinSource {}

  /// A credential that systemd hands to the service (LoadCredential= in systemd.exec(5)).
  ///
  /// @param directory what $CREDENTIALS_DIRECTORY says
  record Credential(Path directory, String name) implements PinSource {}

  /// What people enter, or put together out of shares: it is in no file.
  ///
  /// @param ask gives the PIN's bytes at each login; they are wiped afterwards, so a copy
  record Entered(Supplier<byte[]> ask) implements PinSource {}

  /// A systemd credential of this process.
  ///
  /// @param environment the variables of the process: `System.getenv()`
  /// @throws HsmException if the process was not given any credentials
  static PinSource credential(String name, Map<String, String> environment) {
    var directory = environment.get("CREDENTIALS_DIRECTORY");
    if (directory == null) {
      throw HsmException.refused(
          "no $CREDENTIALS_DIRECTORY: only a service of systemd has a credential " + name);
    }
    return new Credential(Path.of(directory), name);
  }
}
