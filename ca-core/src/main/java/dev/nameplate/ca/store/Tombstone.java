package dev.nameplate.ca.store;

import java.util.Comparator;

/// What never comes back.
///
/// @param kind `NAME`, `KEY`, `IDEVID`, `HARDWARE_SERIAL`
/// @param sha256 in hex: of the key (SubjectPublicKeyInfo) where it is one, else of the text
public record Tombstone(String kind, String sha256) {

  public static final Comparator<Tombstone> ORDER =
      Comparator.comparing(Tombstone::kind).thenComparing(Tombstone::sha256);
}
