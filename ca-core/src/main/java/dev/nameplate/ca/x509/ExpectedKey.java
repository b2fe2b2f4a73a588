package dev.nameplate.ca.x509;

import java.util.Optional;
import java.util.OptionalInt;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/// The kind of key that a server would like to certify: also kinds that Nameplate itself does not.
public sealed interface ExpectedKey {

  /// @param curve its object identifier
  record Ec(String curve) implements ExpectedKey {}

  /// @param bits of the modulus; empty if any size will do
  record Rsa(OptionalInt bits) implements ExpectedKey {

    private static final int LONGEST = 16384;

    public Rsa {
      if (bits.isPresent() && (bits.getAsInt() < 512 || bits.getAsInt() > LONGEST)) {
        throw new IllegalArgumentException("an RSA modulus of " + bits.getAsInt() + " bits");
      }
    }

    static Rsa of(int bits) {
      return new Rsa(OptionalInt.of(bits));
    }
  }

  /// A key whose algorithm says all about it, like Ed25519.
  record Named(String algorithm) implements ExpectedKey {}

  static ExpectedKey of(KeyType type) {
    return switch (type) {
      case RSA_2048 -> Rsa.of(2048);
      case RSA_3072 -> Rsa.of(3072);
      case RSA_4096 -> Rsa.of(4096);
      case EC_P256 -> new Ec(X9ObjectIdentifiers.prime256v1.getId());
      case EC_P384 -> new Ec(SECObjectIdentifiers.secp384r1.getId());
      case EC_P521 -> new Ec(SECObjectIdentifiers.secp521r1.getId());
      case ED25519 -> new Named(EdECObjectIdentifiers.id_Ed25519.getId());
      case ML_DSA_44 -> new Named(NISTObjectIdentifiers.id_ml_dsa_44.getId());
      case ML_DSA_65 -> new Named(NISTObjectIdentifiers.id_ml_dsa_65.getId());
      case ML_DSA_87 -> new Named(NISTObjectIdentifiers.id_ml_dsa_87.getId());
    };
  }

  /// The type of ours that fits; empty if it is a kind that we do not certify, or its size is open.
  default Optional<KeyType> type() {
    for (var type : KeyType.values()) {
      if (of(type).equals(this)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /// How a list has it (RFC 7030 section 4.5.2).
  default CsrAttributes.Element element() {
    return switch (this) {
      case Ec _ -> new CsrAttributes.Element.Key(this);
      case Rsa(var bits) ->
          bits.isPresent()
              ? new CsrAttributes.Element.Key(this)
              : new CsrAttributes.Element.Oid(PKCSObjectIdentifiers.rsaEncryption.getId());
      case Named(var algorithm) -> new CsrAttributes.Element.Oid(algorithm);
    };
  }
}
