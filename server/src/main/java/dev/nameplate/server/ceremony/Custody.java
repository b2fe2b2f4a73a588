package dev.nameplate.server.ceremony;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// How the PIN of a new root is divided, so that nobody can sign alone.
public sealed interface Custody {

  /// The PIN is chosen by two people, each of whom knows one half.
  record Halves(PinParts.Halves parts) implements Custody {

    /// How long a half is at least, where the token is made with it.
    public static final int SHORTEST = 8;
  }

  /// The PIN is random, nobody ever sees it, and any `threshold` of the custodians make it again.
  record Shares(int threshold, List<Holder> holders) implements Custody {
    public Shares {
      holders = List.copyOf(holders);
      if (threshold < 2 || threshold > holders.size() || holders.size() > 99) {
        throw new IllegalArgumentException(
            "a threshold of %d with %d custodians: at least 2 must be needed, and at most all"
                .formatted(threshold, holders.size()));
      }
    }
  }

  /// A custodian.
  ///
  /// @param file the new file (0600) that gets the share; without one it is shown to the custodian
  record Holder(String name, Optional<Path> file) {}

  /// Shows a share to its custodian alone, who writes it down.
  @FunctionalInterface
  interface Showing {
    void show(String custodian, String share) throws CeremonyException;
  }
}
