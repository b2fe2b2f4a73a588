package dev.nameplate.ca.x509;

import java.io.IOException;
import java.math.BigInteger;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;

/// What a PKCS#8 private key (RFC 5958) says about its public key.
public final class Pkcs8 {

  private Pkcs8() {}

  /// The public key that belongs to a DER PrivateKeyInfo.
  ///
  /// @throws UnacceptableKeyException if it cannot be read or its public key is below the floor
  public static PublicKeyInfo publicKeyOf(byte[] privateKeyInfo) throws UnacceptableKeyException {
    try {
      Der.checkStructure(privateKeyInfo);
      var info =
          SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(
              publicPart(PrivateKeyFactory.createKey(privateKeyInfo)));
      // the named curve, as certificates have it
      return PublicKeyInfo.parse(info.getEncoded(ASN1Encoding.DER));
    } catch (IOException | MalformedDerException | RuntimeException unreadable) {
      throw new UnacceptableKeyException("not a PKCS#8 private key that can be read");
    }
  }

  /// The same key in the one form that the JDK reads: an ML-DSA key expanded and without its seed
  /// (RFC 9881 section 6), any other as it is.
  ///
  /// @throws UnacceptableKeyException if it cannot be read
  public static byte[] expanded(byte[] privateKeyInfo) throws UnacceptableKeyException {
    try {
      Der.checkStructure(privateKeyInfo);
      return PrivateKeyFactory.createKey(privateKeyInfo) instanceof MLDSAPrivateKeyParameters key
          ? new PrivateKeyInfo(
                  PrivateKeyInfo.getInstance(privateKeyInfo).getPrivateKeyAlgorithm(),
                  new DEROctetString(key.getEncoded()))
              .getEncoded(ASN1Encoding.DER)
          : privateKeyInfo;
    } catch (IOException | MalformedDerException | RuntimeException unreadable) {
      throw new UnacceptableKeyException("not a PKCS#8 private key that can be read");
    }
  }

  private static AsymmetricKeyParameter publicPart(AsymmetricKeyParameter key)
      throws UnacceptableKeyException {
    return switch (key) {
      case ECPrivateKeyParameters ec ->
          new ECPublicKeyParameters(
              ec.getParameters().getG().multiply(ec.getD()).normalize(), ec.getParameters());
      case RSAPrivateCrtKeyParameters rsa -> rsaPublicPart(rsa);
      case Ed25519PrivateKeyParameters ed -> ed.generatePublicKey();
      case MLDSAPrivateKeyParameters ml -> ml.getPublicKeyParameters();
      default ->
          throw new UnacceptableKeyException("a private key of a kind that is not certified");
    };
  }

  private static RSAKeyParameters rsaPublicPart(RSAPrivateCrtKeyParameters rsa) {
    BigInteger exponent = rsa.getPublicExponent();
    return new RSAKeyParameters(false, rsa.getModulus(), exponent);
  }
}
