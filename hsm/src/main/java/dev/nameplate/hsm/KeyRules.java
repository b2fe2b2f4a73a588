package dev.nameplate.hsm;

/// How keys are made in a token, and sign there.
///
/// @param rsaSignatures how RSA keys sign, unless CKA_ALLOWED_MECHANISMS ties one to the other way
public record KeyRules(RsaSignatures rsaSignatures) {

  /// RSASSA-PKCS1-v1_5.
  public static final KeyRules USUAL = new KeyRules(RsaSignatures.PKCS1);
}
