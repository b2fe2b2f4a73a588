package dev.nameplate.server;

import dev.nameplate.ca.store.StoreException;
import dev.nameplate.store.Database;
import dev.nameplate.store.DatabaseSettings;
import dev.nameplate.store.ReadOnlyDatabase;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// Opens the database that the settings name.
final class Databases {

  /// On a status node, whose clients can ask again.
  private static final Duration WAIT_FOR_A_READER = Duration.ofSeconds(2);

  private Databases() {}

  /// @param onFatal told when the store cannot go on
  static Database open(
      Settings settings,
      InstantSource clock,
      RandomGenerator random,
      Consumer<StoreException> onFatal) {
    return Database.open(
        databaseSettings(settings.database()), clock, random, settings.node(), onFatal);
  }

  /// To read it and close it again: whether others have it open, or nobody has.
  ///
  /// @throws StoreException if it cannot be opened; an H2 file cannot, while a server has it
  static ReadOnlyDatabase openToLook(Settings settings, InstantSource clock) {
    return settings.database().file().isPresent()
        ? ReadOnlyDatabase.openFile(databaseSettings(settings.database()), clock)
        : openReadOnly(settings, clock);
  }

  /// By a user who may only read.
  static ReadOnlyDatabase openReadOnly(Settings settings, InstantSource clock) {
    var usual = databaseSettings(settings.database());
    return ReadOnlyDatabase.open(
        new DatabaseSettings(
            usual.url(), usual.user(), usual.password(), usual.readers(), WAIT_FOR_A_READER),
        clock);
  }

  private static DatabaseSettings databaseSettings(Settings.Database database) {
    if (database.file().isPresent()) {
      return new DatabaseSettings("jdbc:h2:file:" + database.file().get(), "nameplate", () -> "");
    }
    var password = database.passwordFile().orElseThrow();
    return new DatabaseSettings(
        database.url().orElseThrow(),
        database.user().orElseThrow(),
        () -> {
          try {
            return PrivateFile.read(password).strip();
          } catch (IOException unreadable) {
            throw new StoreException(
                "the database password: " + unreadable.getMessage(), unreadable);
          }
        });
  }
}
