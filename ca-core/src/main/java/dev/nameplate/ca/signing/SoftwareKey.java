package dev.nameplate.ca.signing;

import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.Pkcs8;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import dev.nameplate.ca.x509.UnacceptableKeyException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.List;

/// A key in a file, for those who have no token: a TLS listener, an admin, a device that is a
/// program. Never for a CA, an OCSP signer or the audit log. May be used by many threads at once.
public final class SoftwareKey implements SigningKey {

  private final PrivateKey privateKey;
  private final PublicKeyInfo publicKey;

  private SoftwareKey(PrivateKey privateKey, PublicKeyInfo publicKey) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
  }

  public static SoftwareKey generate(KeyType type) {
    try {
      var generator = KeyPairGenerator.getInstance(family(type));
      generator.initialize(parameters(type));
      var pair = generator.generateKeyPair();
      return new SoftwareKey(pair.getPrivate(), PublicKeyInfo.of(pair.getPublic()));
    } catch (GeneralSecurityException unsupported) {
      throw new SigningException("this JDK cannot make " + type.text() + " keys", unsupported);
    }
  }

  /// From an unencrypted PKCS#8 PEM block, `PRIVATE KEY`.
  ///
  /// @throws UnacceptableKeyException if there is none, or it cannot be read
  public static SoftwareKey fromPem(String pem) throws UnacceptableKeyException {
    List<byte[]> blocks;
    try {
      blocks = Pem.blocks(pem, "PRIVATE KEY");
    } catch (IllegalArgumentException notBase64) {
      throw new UnacceptableKeyException("a PEM private key that is not in Base64");
    }
    if (blocks.size() != 1) {
      throw new UnacceptableKeyException(blocks.size() + " PEM blocks PRIVATE KEY instead of one");
    }
    var publicKey = Pkcs8.publicKeyOf(blocks.getFirst());
    try {
      var privateKey =
          KeyFactory.getInstance(family(publicKey.type()))
              .generatePrivate(new PKCS8EncodedKeySpec(Pkcs8.expanded(blocks.getFirst())));
      return new SoftwareKey(privateKey, publicKey);
    } catch (GeneralSecurityException unreadable) {
      throw new UnacceptableKeyException("not a PKCS#8 private key that can be read");
    }
  }

  /// The private key in clear, for a file that only its owner may read.
  public String toPem() {
    return Pem.encode("PRIVATE KEY", privateKey.getEncoded());
  }

  /// For TLS engines.
  public PrivateKey privateKey() {
    return privateKey;
  }

  @Override
  public PublicKeyInfo publicKey() {
    return publicKey;
  }

  @Override
  public SignatureAlgorithm algorithm() {
    return SignatureAlgorithm.of(publicKey.type());
  }

  @Override
  public byte[] sign(byte[] data) {
    try {
      var signature = algorithm().signature();
      signature.initSign(privateKey);
      signature.update(data);
      return signature.sign();
    } catch (GeneralSecurityException broken) {
      throw new SigningException("the key " + publicKey + " cannot sign", broken);
    }
  }

  @Override
  public String toString() {
    return "SoftwareKey[" + publicKey + "]";
  }

  private static String family(KeyType type) {
    return switch (type) {
      case RSA_2048, RSA_3072, RSA_4096 -> "RSA";
      case EC_P256, EC_P384, EC_P521 -> "EC";
      case ED25519 -> "Ed25519";
      case ML_DSA_44, ML_DSA_65, ML_DSA_87 -> "ML-DSA";
    };
  }

  private static AlgorithmParameterSpec parameters(KeyType type) {
    return switch (type) {
      case RSA_2048 -> new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4);
      case RSA_3072 -> new RSAKeyGenParameterSpec(3072, RSAKeyGenParameterSpec.F4);
      case RSA_4096 -> new RSAKeyGenParameterSpec(4096, RSAKeyGenParameterSpec.F4);
      case EC_P256 -> new ECGenParameterSpec("secp256r1");
      case EC_P384 -> new ECGenParameterSpec("secp384r1");
      case EC_P521 -> new ECGenParameterSpec("secp521r1");
      case ED25519 -> NamedParameterSpec.ED25519;
      case ML_DSA_44 -> NamedParameterSpec.ML_DSA_44;
      case ML_DSA_65 -> NamedParameterSpec.ML_DSA_65;
      case ML_DSA_87 -> NamedParameterSpec.ML_DSA_87;
    };
  }
}
