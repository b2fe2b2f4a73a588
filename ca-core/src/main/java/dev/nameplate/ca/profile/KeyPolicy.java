package dev.nameplate.ca.profile;

import dev.nameplate.ca.x509.KeyType;
import java.util.EnumSet;
import java.util.Set;

/// Which public keys a profile certifies.
public record KeyPolicy(Set<KeyType> allowed) {

  public KeyPolicy {
    if (allowed.isEmpty()) {
      throw new IllegalArgumentException("a key policy that allows no key");
    }
    allowed = Set.copyOf(allowed);
  }

  /// Every type that the safety floor lets through.
  public static KeyPolicy anyStrong() {
    return new KeyPolicy(EnumSet.allOf(KeyType.class));
  }

  public boolean allows(KeyType type) {
    return allowed.contains(type);
  }
}
