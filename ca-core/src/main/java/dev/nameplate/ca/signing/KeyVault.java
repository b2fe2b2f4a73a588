package dev.nameplate.ca.signing;

import dev.nameplate.ca.x509.KeyType;
import java.time.Instant;

/// A place that makes and keeps signing keys, and never gives one away: a token. May be used by
/// many threads at once.
public interface KeyVault extends AutoCloseable {

  /// A key that was just made, and where to find it again.
  record GeneratedKey(KeyLocation location, SigningKey key) {}

  /// Makes a key pair inside the vault that cannot be extracted from it.
  ///
  /// @throws SigningException if the label is taken, the vault does not offer this type of key, is
  ///   away, or made a key with other attributes than asked for (which is then destroyed)
  GeneratedKey generate(String label, KeyType type);

  /// The same, where keys of this purpose are made.
  default GeneratedKey generate(KeyPurpose purpose, String label, KeyType type) {
    return generate(label, type);
  }

  /// Finds the one key with this label, id and public key.
  ///
  /// @throws SigningException if there is none, more than one, or one with another public key
  SigningKey find(KeyLocation location);

  /// What can be shown for a key: see [KeyEvidence]. A vault that cannot look at its keys says no
  /// more than that it has this one.
  ///
  /// @param nonce what the key signs, so that the evidence is seen to be fresh
  /// @throws SigningException as [#find] does
  default KeyEvidence evidence(KeyLocation location, byte[] nonce, Instant at) {
    return KeyEvidence.ofPossession(location, find(location), nonce, at);
  }

  /// Whether the vault can sign now; never throws.
  VaultHealth health();

  /// Releases sessions and threads; keys stay where they are.
  @Override
  void close();
}
