package dev.nameplate.ca.signing;

import dev.nameplate.ca.x509.KeyType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Several vaults as one: a key is looked for in the token that its location names, and made in the
/// one for keys of its purpose. What happens to one token does not touch the keys in another.
public final class KeyVaults implements KeyVault {

  /// One vault.
  ///
  /// @param tokens the labels that the locations of its keys carry: one, or both of a [ClonedPair]
  /// @param makes the purposes of the new keys that are made in it
  public record Place(Set<String> tokens, KeyVault vault, Set<KeyPurpose> makes) {

    public Place {
      tokens = Set.copyOf(tokens);
      makes = Set.copyOf(makes);
    }

    /// Whether it is for keys alone that no device waits for: a root's and the audit log's.
    boolean mayBeAway() {
      return !makes.isEmpty() && Set.of(KeyPurpose.ROOT, KeyPurpose.AUDIT).containsAll(makes);
    }
  }

  private final List<Place> places;
  private final Map<String, KeyVault> byToken = new LinkedHashMap<>();
  private final Map<KeyPurpose, KeyVault> byPurpose = new EnumMap<>(KeyPurpose.class);

  /// The vaults belong to this one, which closes them.
  ///
  /// @param places in the first one new keys are made whose purpose no other names
  /// @throws IllegalArgumentException if there is none, or two have a token or a purpose in common
  public KeyVaults(List<Place> places) {
    if (places.isEmpty()) {
      throw new IllegalArgumentException("keys live in one token at least");
    }
    this.places = List.copyOf(places);
    for (var place : places) {
      for (var token : place.tokens()) {
        if (byToken.putIfAbsent(token, place.vault()) != null) {
          throw new IllegalArgumentException("two tokens have the label " + token);
        }
      }
      for (var purpose : place.makes()) {
        if (byPurpose.putIfAbsent(purpose, place.vault()) != null) {
          throw new IllegalArgumentException("two tokens make the new keys for " + purpose);
        }
      }
    }
  }

  @Override
  public GeneratedKey generate(String label, KeyType type) {
    return places.getFirst().vault().generate(label, type);
  }

  @Override
  public GeneratedKey generate(KeyPurpose purpose, String label, KeyType type) {
    return byPurpose.getOrDefault(purpose, places.getFirst().vault()).generate(label, type);
  }

  @Override
  public SigningKey find(KeyLocation location) {
    return holder(location).find(location);
  }

  @Override
  public KeyEvidence evidence(KeyLocation location, byte[] nonce, Instant at) {
    return holder(location).evidence(location, nonce, at);
  }

  /// Down if one of them is down: there is something that this server should sign and cannot. One
  /// only for keys that may be away on purpose is no reason to do nothing else.
  @Override
  public VaultHealth health() {
    var down = new ArrayList<String>();
    var degraded = new ArrayList<String>();
    for (var place : places) {
      switch (place.vault().health()) {
        case VaultHealth.Up() -> {}
        case VaultHealth.Degraded(var reason) -> degraded.add(reason);
        case VaultHealth.Down(var reason) -> (place.mayBeAway() ? degraded : down).add(reason);
      }
    }
    if (!down.isEmpty()) {
      return new VaultHealth.Down(String.join("; ", down));
    }
    return degraded.isEmpty()
        ? new VaultHealth.Up()
        : new VaultHealth.Degraded(String.join("; ", degraded));
  }

  /// Closes them all, also when one of them fails.
  @Override
  public void close() {
    RuntimeException first = null;
    for (var place : places.reversed()) {
      try {
        place.vault().close();
      } catch (RuntimeException failed) {
        if (first == null) {
          first = failed;
        } else {
          first.addSuppressed(failed);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private KeyVault holder(KeyLocation location) {
    var vault = byToken.get(location.token());
    if (vault == null) {
      throw new SigningException(
          "key %s is in token %s; the settings name only %s"
              .formatted(location.label(), location.token(), String.join(", ", byToken.keySet())));
    }
    return vault;
  }
}
