package dev.nameplate.ca.store;

import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.util.Optional;

/// That the status of a certificate changed, and what it is now.
///
/// @param number what [CrlState#changes] was right after its last change
/// @param revocation empty if it was released, and is good again
public record StatusChange(
    long number, SerialNumber serial, Instant notAfter, Optional<RevocationRecord> revocation) {}
