package dev.nameplate.server.ceremony;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What the custodians bring so that an existing root can sign.
public sealed interface PinParts {

  /// The PIN's halves, in the order in which they were chosen.
  record Halves(byte[] first, byte[] second) implements PinParts {
    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }

    @Override
    public String toString() {
      return "Halves[not shown]";
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
      case Halves(var first, var second) -> {
        var both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        Arrays.fill(first, (byte) 0);
        Arrays.fill(second, (byte) 0);
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
