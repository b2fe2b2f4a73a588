package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.x509.Der;
import java.time.Instant;
import java.util.Optional;

/// An enrollment secret, as far as it is remembered: never in clear.
///
/// @param id names the secret in records and audit; not secret itself
/// @param hmac HMAC-SHA256 of the secret under the server's key
/// @param usesLeft how many more different requests it is good for
/// @param burned whether it was made useless by a retirement
/// @param digest what HTTP Digest needs of it, encrypted under the server's key; only where a label
///   offers Digest
public record SecretRecord(
    String id,
    Owner owner,
    int epoch,
    Der hmac,
    int usesLeft,
    Instant expiresAt,
    boolean burned,
    Optional<Der> digest) {

  /// One that HTTP Digest knows nothing of.
  public SecretRecord(
      String id,
      Owner owner,
      int epoch,
      Der hmac,
      int usesLeft,
      Instant expiresAt,
      boolean burned) {
    this(id, owner, epoch, hmac, usesLeft, expiresAt, burned, Optional.empty());
  }
}
