package dev.nameplate.ca.store;

import dev.nameplate.ca.x509.SerialNumber;

/// One line of a CRL.
public record RevokedEntry(SerialNumber serial, RevocationRecord revocation) {}
