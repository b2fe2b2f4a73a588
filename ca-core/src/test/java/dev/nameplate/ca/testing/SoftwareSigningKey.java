package dev.nameplate.ca.testing;

import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.concurrent.atomic.AtomicLong;

/// A signing key in memory, for tests: it can be pulled out and put back like a token, and it can
/// be made to lie.
public final class SoftwareSigningKey implements SigningKey {

  private final PublicKeyInfo publicKey;
  private final PrivateKey privateKey;
  private final SignatureAlgorithm algorithm;
  private final AtomicLong signatures = new AtomicLong();
  private volatile boolean unplugged;
  private volatile boolean failed;
  private volatile boolean lying;

  private SoftwareSigningKey(
      PublicKeyInfo publicKey, PrivateKey privateKey, SignatureAlgorithm algorithm) {
    this.publicKey = publicKey;
    this.privateKey = privateKey;
    this.algorithm = algorithm;
  }

  /// A new key of any type that Nameplate knows.
  public static SoftwareSigningKey generate(KeyType type) {
    return of(newPair(type));
  }

  /// The same key every time, for tests that compare bytes.
  public static SoftwareSigningKey of(KeyPair pair) {
    var publicKey = PublicKeyInfo.of(pair.getPublic());
    return new SoftwareSigningKey(
        publicKey, pair.getPrivate(), SignatureAlgorithm.of(publicKey.type()));
  }

  /// The same RSA key, signing with RSASSA-PSS.
  public SoftwareSigningKey withPss() {
    return new SoftwareSigningKey(
        publicKey, privateKey, SignatureAlgorithm.pssOf(publicKey.type()));
  }

  /// From now on every signature fails, as if the token had been pulled out.
  public void unplug() {
    unplugged = true;
  }

  public void plugBackIn() {
    unplugged = false;
  }

  /// From now on every signature is well-formed and made by this key, but over other data.
  public void lie() {
    lying = true;
  }

  public void tellTheTruth() {
    lying = false;
  }

  /// How many signatures this key has made, lies included.
  public long signatures() {
    return signatures.get();
  }

  @Override
  public PublicKeyInfo publicKey() {
    return publicKey;
  }

  @Override
  public SignatureAlgorithm algorithm() {
    return algorithm;
  }

  @Override
  public boolean isUsable() {
    return !(failed && unplugged);
  }

  @Override
  public byte[] sign(byte[] data) {
    if (unplugged) {
      failed = true;
      throw new SigningException("the software key " + publicKey + " is unplugged");
    }
    try {
      var signer = algorithm.signature();
      signer.initSign(privateKey);
      signer.update(data);
      if (lying) {
        signer.update((byte) 0);
      }
      signatures.incrementAndGet();
      return signer.sign();
    } catch (GeneralSecurityException broken) {
      throw new SigningException("the software key " + publicKey + " does not sign", broken);
    }
  }

  @Override
  public String toString() {
    return "SoftwareSigningKey[" + publicKey + "]";
  }

  private static KeyPair newPair(KeyType type) {
    try {
      return switch (type) {
        case RSA_2048 -> rsa(2048);
        case RSA_3072 -> rsa(3072);
        case RSA_4096 -> rsa(4096);
        case EC_P256 -> ec("secp256r1");
        case EC_P384 -> ec("secp384r1");
        case EC_P521 -> ec("secp521r1");
        case ED25519 -> KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        case ML_DSA_44 -> KeyPairGenerator.getInstance("ML-DSA-44").generateKeyPair();
        case ML_DSA_65 -> KeyPairGenerator.getInstance("ML-DSA-65").generateKeyPair();
        case ML_DSA_87 -> KeyPairGenerator.getInstance("ML-DSA-87").generateKeyPair();
      };
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK makes keys of type " + type.text(), impossible);
    }
  }

  private static KeyPair rsa(int bits) throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(new RSAKeyGenParameterSpec(bits, RSAKeyGenParameterSpec.F4));
    return generator.generateKeyPair();
  }

  private static KeyPair ec(String curve) throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    return generator.generateKeyPair();
  }
}
