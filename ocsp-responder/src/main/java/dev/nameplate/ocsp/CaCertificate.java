package dev.nameplate.ocsp;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;

/// The certificate under which an authority signs: no answer outlives it, and what it issued falls
/// with it.
///
/// @param ca whose it is
/// @param issuedBy who says whether it is revoked
public record CaCertificate(
    IssuerId ca, IssuerId issuedBy, SerialNumber serial, Instant notAfter) {}
