package dev.nameplate.ca.profile;

import dev.nameplate.ca.x509.KeyType;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Which public keys a profile certifies.
///
/// @param allowed in the order in which they were given; the earlier is preferred
public record KeyPolicy(Set<KeyType> allowed) {

  public KeyPolicy {
    if (allowed.isEmpty()) {
      throw new IllegalArgumentException("a key policy that allows no key");
    }
    allowed = Collections.unmodifiableSet(new LinkedHashSet<>(allowed));
  }

  /// Every type that the safety floor lets through; P-256 is what a device is asked for.
  public static KeyPolicy anyStrong() {
    var types = new LinkedHashSet<>(List.of(KeyType.EC_P256));
    types.addAll(List.of(KeyType.values()));
    return new KeyPolicy(types);
  }

  public boolean allows(KeyType type) {
    return allowed.contains(type);
  }
}
