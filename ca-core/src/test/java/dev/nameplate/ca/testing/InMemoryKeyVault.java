package dev.nameplate.ca.testing;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.ca.x509.KeyType;
import java.util.LinkedHashMap;
import java.util.Map;

/// A vault of [SoftwareSigningKey]s, for tests. Its ids count up, so that a test's output is the
/// same every time but for the keys.
public final class InMemoryKeyVault implements KeyVault {

  private final String token;
  private final Map<String, Entry> keys = new LinkedHashMap<>();
  private boolean unplugged;
  private boolean closed;

  private record Entry(KeyLocation location, SoftwareSigningKey key) {}

  /// @param token the label that the locations of this vault's keys carry
  public InMemoryKeyVault(String token) {
    this.token = token;
  }

  @Override
  public synchronized GeneratedKey generate(String label, KeyType type) {
    requireUp();
    if (keys.containsKey(label)) {
      throw new SigningException("token " + token + " already has a key with label " + label);
    }
    return keep(label, SoftwareSigningKey.generate(type));
  }

  /// Puts in a key that was made elsewhere: for tests that need the same key every time.
  public synchronized GeneratedKey keep(String label, SoftwareSigningKey key) {
    var id = String.format("%032x", keys.size() + 1);
    var location = new KeyLocation(token, label, id, key.publicKey().fingerprint());
    keys.put(label, new Entry(location, key));
    return new GeneratedKey(location, key);
  }

  @Override
  public synchronized SigningKey find(KeyLocation wanted) {
    requireUp();
    var entry = keys.get(wanted.label());
    if (!wanted.token().equals(token)
        || entry == null
        || !entry.location().id().equals(wanted.id())) {
      throw new SigningException("token " + token + " has no key at " + wanted);
    }
    if (!entry.location().equals(wanted)) {
      throw new SigningException("the key at " + wanted + " is " + entry.key().publicKey());
    }
    return entry.key();
  }

  @Override
  public synchronized VaultHealth health() {
    if (closed) {
      return new VaultHealth.Down("the vault " + token + " is closed");
    }
    return unplugged
        ? new VaultHealth.Down("the vault " + token + " is unplugged")
        : new VaultHealth.Up();
  }

  /// From now on the vault is down, and none of its keys sign.
  public synchronized void unplug() {
    unplugged = true;
    keys.values().forEach(entry -> entry.key().unplug());
  }

  public synchronized void plugBackIn() {
    unplugged = false;
    keys.values().forEach(entry -> entry.key().plugBackIn());
  }

  @Override
  public synchronized void close() {
    unplug();
    closed = true;
  }

  private void requireUp() {
    if (health() instanceof VaultHealth.Down(var reason)) {
      throw new SigningException(reason);
    }
  }
}
