package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.x509.Der;
import java.time.Instant;

/// An enrollment secret, as far as it is remembered: never in clear.
///
/// @param id names the secret in records and audit; not secret itself
/// @param hmac HMAC-SHA256 of the secret under the server's key
/// @param usesLeft how many more different requests it is good for
/// @param burned whether it was made useless by a retirement
public record SecretRecord(
    String id, Owner owner, int epoch, Der hmac, int usesLeft, Instant expiresAt, boolean burned) {}
