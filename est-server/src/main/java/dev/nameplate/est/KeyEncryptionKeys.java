package dev.nameplate.est;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.x509.Der;
import java.util.Optional;

/// The keys that were shared with devices before. May be called from many threads at once.
@FunctionalInterface
public interface KeyEncryptionKeys {

  /// Nobody shares one with us.
  KeyEncryptionKeys NONE = (_, _) -> Optional.empty();

  /// @param identifier what the DecryptKeyIdentifier says: any bytes
  Optional<KeyEncryptionKey> find(Owner owner, Der identifier);
}
