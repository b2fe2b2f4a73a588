package dev.nameplate.ca.signing;

import dev.nameplate.ca.x509.KeyFingerprint;

/// Where a key lives, and what it must be: all of it is compared when the key is loaded.
///
/// @param token the label of the token (CKA_LABEL of the token, not the slot)
/// @param label the CKA_LABEL of the key pair
/// @param id the CKA_ID of the key pair, in lower-case hex
/// @param fingerprint the SHA-256 of the public key's SubjectPublicKeyInfo
public record KeyLocation(String token, String label, String id, KeyFingerprint fingerprint) {}
