package dev.nameplate.server;

import dev.nameplate.ca.store.StoreException;
import dev.nameplate.hsm.HsmSettings;
import dev.nameplate.server.admin.AdminApi;
import dev.nameplate.server.admin.KeyResource;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/// The tokens of a folder and the keys that should be in them, for those who look after them beside
/// the server.
public final class Tokens {

  private Tokens() {}

  /// A token that the settings name.
  ///
  /// @param token how to open it
  /// @param holds the labels of the tokens whose keys are in it: its own, and that of its clone
  public record Reached(HsmSettings token, Set<String> holds) {

    public Reached {
      holds = Set.copyOf(holds);
    }
  }

  /// Those of the tokens that are reached over PKCS#11.
  public static List<Reached> of(Settings settings) {
    return Vaults.reached(settings);
  }

  /// The keys of this node that the database knows, read without changing it.
  ///
  /// @throws StoreException if it cannot be read; an embedded one cannot, while a server has it
  public static List<AdminApi.Key> known(Settings settings, InstantSource clock) {
    try (var database = Databases.openToLook(settings, clock)) {
      return KeyResource.known(
              database.issuers(),
              database.serviceSigners(),
              settings.node(),
              !settings.isStatusNode())
          .items();
    }
  }
}
