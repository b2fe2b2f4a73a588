package dev.nameplate.ca.store;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.x509.Der;
import java.time.Instant;

/// A whole CRL, as it is published.
///
/// @param changes `CrlState.changes` as it was before its entries were read
public record PublishedCrl(
    IssuerId issuer,
    CrlScope scope,
    long number,
    long changes,
    long entries,
    Instant thisUpdate,
    Instant nextUpdate,
    Der der) {}
