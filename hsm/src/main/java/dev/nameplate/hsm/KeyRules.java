package dev.nameplate.hsm;

/// How keys are made in a token, and sign there.
///
/// @param rsaSignatures how RSA keys sign, unless CKA_ALLOWED_MECHANISMS ties one to the other way
/// @param template what is asked and demanded of new keys
public record KeyRules(RsaSignatures rsaSignatures, TemplateProfile template) {

  /// RSASSA-PKCS1-v1_5, and the strict template.
  public static final KeyRules USUAL =
      new KeyRules(RsaSignatures.PKCS1, TemplateProfile.named("strict"));

  public KeyRules with(RsaSignatures other) {
    return new KeyRules(other, template);
  }

  public KeyRules with(TemplateProfile other) {
    return new KeyRules(rsaSignatures, other);
  }
}
