package dev.nameplate.cli;

import dev.nameplate.ca.store.StoreException;
import dev.nameplate.hsm.HsmException;
import dev.nameplate.hsm.HsmSettings;
import dev.nameplate.hsm.TokenKeyVault;
import dev.nameplate.server.FolderLock;
import dev.nameplate.server.InvalidSettingsException;
import dev.nameplate.server.Nameplate;
import dev.nameplate.server.Settings;
import dev.nameplate.server.SettingsFile;
import dev.nameplate.server.Tokens;
import dev.nameplate.server.admin.AdminApi;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Whose tokens to look into.
final class TokenOptions {

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "The folder that `nameplate init` made. Default: $$NAMEPLATE_DIR, else np.")
  @Nullable Path dir;

  /// How to open the tokens that the folder's settings name.
  ///
  /// @throws CommandFailure if the settings cannot be used
  List<HsmSettings> tokens(Console console) {
    return reached(console).stream().map(Tokens.Reached::token).toList();
  }

  /// The same, with whose keys are in each.
  ///
  /// @throws CommandFailure if the settings cannot be used
  List<Tokens.Reached> reached(Console console) {
    var settings = settings(console);
    try {
      return Tokens.of(settings);
    } catch (HsmException noToken) {
      throw CommandFailure.error(String.valueOf(noToken.getMessage())).because(noToken);
    }
  }

  /// Logs in.
  ///
  /// @throws HsmException if the token is away, or refuses
  static TokenKeyVault open(HsmSettings token) {
    return TokenKeyVault.open(token, Nameplate.random(), InstantSource.system());
  }

  /// The keys that the server's database knows. An embedded database is open in the server while it
  /// runs: then the server is asked.
  ///
  /// @throws CommandFailure if neither can say
  List<AdminApi.Key> known(Console console) {
    var settings = settings(console);
    try {
      if (settings.database().file().isEmpty()) {
        return Tokens.known(settings, InstantSource.system());
      }
      try (var lock = FolderLock.tryAcquire(folder(console)).orElse(null)) {
        return lock == null
            ? new AdminClient(Context.read(folder(console).resolve(Context.FILE_NAME)))
                .get(AdminApi.Keys.class, "keys")
                .items()
            : Tokens.known(settings, InstantSource.system());
      }
    } catch (StoreException | IOException away) {
      throw CommandFailure.error(
              "it cannot be said which keys there should be: " + away.getMessage())
          .because(away);
    }
  }

  private Path folder(Console console) {
    return dir != null
        ? dir
        : console.variable("NAMEPLATE_DIR").map(Path::of).orElse(Path.of("np"));
  }

  private Settings settings(Console console) {
    try {
      return SettingsFile.read(folder(console));
    } catch (InvalidSettingsException unusable) {
      throw CommandFailure.error(String.valueOf(unusable.getMessage()))
          .next("Name the folder that `nameplate init` made: --dir np, or set NAMEPLATE_DIR.")
          .because(unusable);
    }
  }
}
