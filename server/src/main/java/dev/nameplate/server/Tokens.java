package dev.nameplate.server;

import dev.nameplate.ca.store.StoreException;
import dev.nameplate.hsm.HsmSettings;
import dev.nameplate.server.admin.AdminApi;
import dev.nameplate.server.admin.KeyResource;
import java.time.InstantSource;
import java.util.List;

/// The tokens of a folder and the keys that should be in them, for those who look after them beside
/// the server.
public final class Tokens {

  private Tokens() {}

  /// How to open each of the tokens that the settings name.
  public static List<HsmSettings> of(Settings settings) {
    return Vaults.tokens(settings);
  }

  /// The keys of this node that the database knows, read without changing it.
  ///
  /// @throws StoreException if it cannot be read; an embedded one cannot, while a server has it
  public static List<AdminApi.Key> known(Settings settings) {
    try (var database = Databases.openToLook(settings, InstantSource.system())) {
      return KeyResource.known(database.issuers(), settings.node(), !settings.isStatusNode())
          .items();
    }
  }
}
