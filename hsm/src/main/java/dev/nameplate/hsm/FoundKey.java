package dev.nameplate.hsm;

import dev.nameplate.ca.signing.KeyLocation;
import java.util.Optional;

/// A private key that is in a token.
///
/// @param label its CKA_LABEL, or nothing
/// @param id its CKA_ID in hex, or nothing
/// @param type `ec-p256`, or why it is none that can be used
/// @param location where to find it again, if it can be used
public record FoundKey(String label, String id, String type, Optional<KeyLocation> location) {}
