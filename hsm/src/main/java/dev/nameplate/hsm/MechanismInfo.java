package dev.nameplate.hsm;

/// What a token says about a mechanism (CK_MECHANISM_INFO).
///
/// @param smallest the smallest key, in the mechanism's own unit: bits, for RSA and EC
/// @param largest the largest key, in the same unit
/// @param flags CKF bits
record MechanismInfo(long smallest, long largest, long flags) {}
