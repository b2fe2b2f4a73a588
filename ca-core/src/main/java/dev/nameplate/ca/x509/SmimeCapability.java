package dev.nameplate.ca.x509;

import java.util.Optional;

/// An algorithm that somebody can work with (RFC 8551 section 2.5.2).
///
/// @param oid in dotted decimals
/// @param parameters one value in DER
public record SmimeCapability(String oid, Optional<Der> parameters) {}
