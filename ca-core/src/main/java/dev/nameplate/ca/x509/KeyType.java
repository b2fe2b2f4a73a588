package dev.nameplate.ca.x509;

import java.util.Locale;

/// The kinds of public key that Nameplate certifies. Everything else is refused by
/// [PublicKeyInfo#parse].
public enum KeyType {
  RSA_2048,
  RSA_3072,
  RSA_4096,
  EC_P256,
  EC_P384,
  EC_P521,
  ED25519,
  ML_DSA_44,
  ML_DSA_65,
  ML_DSA_87;

  /// As people write it in settings and messages: `rsa-2048`, `ec-p256`, `ml-dsa-65`.
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public boolean isRsa() {
    return switch (this) {
      case RSA_2048, RSA_3072, RSA_4096 -> true;
      case EC_P256, EC_P384, EC_P521, ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87 -> false;
    };
  }

  /// @throws IllegalArgumentException if `text` names no kind of key
  public static KeyType of(String text) {
    for (var type : values()) {
      if (type.text().equals(text)) {
        return type;
      }
    }
    throw new IllegalArgumentException("not a key type: " + text);
  }
}
