package dev.nameplate.ca.signing;

import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;

/// A key that is elsewhere on purpose, or cannot be reached: what is signed with it comes from
/// there.
///
/// @param why it is not here
public record OfflineKey(PublicKeyInfo publicKey, String why) implements SigningKey {

  @Override
  public SignatureAlgorithm algorithm() {
    return SignatureAlgorithm.of(publicKey.type());
  }

  @Override
  public boolean isUsable() {
    return false;
  }

  @Override
  public byte[] sign(byte[] data) {
    throw new SigningException("the key " + publicKey + " is not here: " + why);
  }
}
