package dev.nameplate.server.ceremony;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What the custodians bring so that an existing root can sign.
public sealed interface PinParts {

  /// The PIN's halves, in the order in which they were chosen.
  final class Halves implements PinParts {

    private final byte[] first;
    private final byte[] second;

    /// @param first belongs to this from now on, and is wiped when it is used; so the second
    public Halves(byte[] first, byte[] second) {
      this.first = first;
      this.second = second;
    }

    /// How many bytes the shorter one has.
    int shorter() {
      return Math.min(first.length, second.length);
    }
  }

  /// As many shares as are needed, as they were written: the whole files, or what was typed.
  record Shares(List<String> texts) implements PinParts {
    public Shares {
      texts = List.copyOf(texts);
    }

    @Override
    public String toString() {
      return "Shares[not shown]";
    }
  }

  /// Asks the custodians, once it is known how the PIN is divided.
  @FunctionalInterface
  interface Entry {

    /// @param threshold how many shares are needed; 0 if the PIN is in two halves
    /// @param label of the token that it opens
    PinParts ask(int threshold, String label) throws CeremonyException;
  }

  /// The PIN; the parts are wiped.
  default byte[] joined() throws CeremonyException {
    return switch (this) {
      case Halves halves -> {
        var both = Arrays.copyOf(halves.first, halves.first.length + halves.second.length);
        System.arraycopy(halves.second, 0, both, halves.first.length, halves.second.length);
        Arrays.fill(halves.first, (byte) 0);
        Arrays.fill(halves.second, (byte) 0);
        yield both;
      }
      case Shares(var texts) -> {
        var shares = new ArrayList<String>();
        for (int i = 0; i < texts.size(); i++) {
          shares.add(SecretSharing.read(texts.get(i), "part " + (i + 1)));
        }
        yield SecretSharing.combine(SecretSharing.distinct(shares));
      }
    };
  }
}
