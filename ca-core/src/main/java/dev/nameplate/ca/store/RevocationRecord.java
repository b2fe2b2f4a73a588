package dev.nameplate.ca.store;

import dev.nameplate.ca.x509.RevocationReason;
import java.time.Instant;
import java.util.Optional;

/// That, when and why a certificate was revoked.
///
/// @param invalidityDate since when the key must be distrusted, where that is earlier and known
public record RevocationRecord(
    Instant at, RevocationReason reason, Optional<Instant> invalidityDate) {}
