package dev.nameplate.ca.x509;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Map;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.jspecify.annotations.Nullable;

/// A public key that passed the safety floor, as the one canonical SubjectPublicKeyInfo it can
/// have.
///
/// The floor looks at the raw key before any provider sees it: neither the JDK nor Bouncy Castle
/// alone refuses every point off the curve, explicit parameter or key that takes seconds to verify.
/// Instances are immutable and may be shared between threads.
public final class PublicKeyInfo {

  private static final BouncyCastleProvider BOUNCY_CASTLE = new BouncyCastleProvider();
  private static final BigInteger F4 = BigInteger.valueOf(65537);
  // that of ML-DSA-87
  private static final int LARGEST_SPKI = 2614;

  private static final Map<ASN1ObjectIdentifier, KeyType> CURVES =
      Map.of(
          X9ObjectIdentifiers.prime256v1, KeyType.EC_P256,
          SECObjectIdentifiers.secp384r1, KeyType.EC_P384,
          SECObjectIdentifiers.secp521r1, KeyType.EC_P521);

  /// The parameter sets of FIPS 204 (RFC 9881 section 2).
  private static final Map<ASN1ObjectIdentifier, KeyType> ML_DSA =
      Map.of(
          NISTObjectIdentifiers.id_ml_dsa_44, KeyType.ML_DSA_44,
          NISTObjectIdentifiers.id_ml_dsa_65, KeyType.ML_DSA_65,
          NISTObjectIdentifiers.id_ml_dsa_87, KeyType.ML_DSA_87);

  private final KeyType type;
  private final Der spki;
  private final KeyFingerprint fingerprint;

  // both are made when they are first asked for: a key that is only compared or certified needs
  // none. Made twice by two threads they are the same.
  private volatile @Nullable PublicKey decoded;
  private volatile @Nullable SignatureCheck check;

  private PublicKeyInfo(KeyType type, Der spki) {
    this.type = type;
    this.spki = spki;
    this.fingerprint = new KeyFingerprint(spki.sha256Hex());
  }

  /// Reads a DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
  ///
  /// @throws UnacceptableKeyException with the reason, if the key is below the floor
  public static PublicKeyInfo parse(byte[] encoded) throws UnacceptableKeyException {
    if (encoded.length > LARGEST_SPKI) {
      throw new UnacceptableKeyException(
          "a public key of " + encoded.length + " bytes; at most " + LARGEST_SPKI + " are read");
    }
    SubjectPublicKeyInfo info;
    KeyType type;
    try {
      Der.checkStructure(encoded);
      info = SubjectPublicKeyInfo.getInstance(encoded);
      if (info == null || !Arrays.equals(info.getEncoded(ASN1Encoding.DER), encoded)) {
        throw new UnacceptableKeyException("the public key is not in DER");
      }
      type = floor(info);
    } catch (MalformedDerException found) {
      throw new UnacceptableKeyException("the public key cannot be decoded: " + found.reason());
    } catch (IOException | RuntimeException malformed) {
      throw new UnacceptableKeyException("the public key cannot be decoded");
    }
    var parsed = new PublicKeyInfo(type, Der.of(encoded));
    if (type.isRsa()) {
      // the provider refuses more than we do here: a modulus with small factors
      parsed.decoded = decode(type, encoded);
    }
    return parsed;
  }

  /// A key that is already trusted: made by our own token or provider.
  ///
  /// @throws IllegalArgumentException if it is below the floor all the same
  public static PublicKeyInfo of(PublicKey key) {
    try {
      return parse(key.getEncoded());
    } catch (UnacceptableKeyException broken) {
      throw new IllegalArgumentException(broken.reason(), broken);
    }
  }

  public KeyType type() {
    return type;
  }

  /// The whole SubjectPublicKeyInfo.
  public Der spki() {
    return spki;
  }

  public KeyFingerprint fingerprint() {
    return fingerprint;
  }

  /// The content of the SubjectPublicKeyInfo's BIT STRING: what key identifiers and OCSP's
  /// issuerKeyHash are computed over.
  public byte[] keyBits() {
    return SubjectPublicKeyInfo.getInstance(spki.toByteArray()).getPublicKeyData().getOctets();
  }

  /// The key for `java.security`, decoded by Bouncy Castle.
  public PublicKey toPublicKey() {
    var known = decoded;
    if (known == null) {
      try {
        known = decode(type, spki.toByteArray());
      } catch (UnacceptableKeyException impossible) {
        throw new IllegalStateException(type.text() + " keys pass the floor whole", impossible);
      }
      decoded = known;
    }
    return known;
  }

  /// Whether `signature`, in the form X.509 carries it, is this key's signature over `data`. What
  /// is malformed or does not fit is no signature: false.
  public boolean verifies(SignatureAlgorithm algorithm, byte[] data, byte[] signature) {
    return verifies(algorithm, ByteBuffer.wrap(data), signature);
  }

  /// The same over data that need not be copied.
  boolean verifies(SignatureAlgorithm algorithm, ByteBuffer data, byte[] signature) {
    if (!algorithm.fits(type)) {
      return false;
    }
    var known = check;
    if (known == null) {
      known = SignatureCheck.of(this);
      check = known;
    }
    return known.verifies(algorithm, data, signature);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PublicKeyInfo that && spki.equals(that.spki);
  }

  @Override
  public int hashCode() {
    return spki.hashCode();
  }

  @Override
  public String toString() {
    return type.text() + " " + fingerprint;
  }

  private static KeyType floor(SubjectPublicKeyInfo info)
      throws UnacceptableKeyException, MalformedDerException, IOException {
    if (info.getPublicKeyData().getPadBits() != 0) {
      throw new UnacceptableKeyException("the public key's bit string has unused bits");
    }
    var algorithm = info.getAlgorithm().getAlgorithm();
    if (algorithm.equals(PKCSObjectIdentifiers.rsaEncryption)) {
      return rsa(info);
    }
    if (algorithm.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      return ec(info);
    }
    if (algorithm.equals(EdECObjectIdentifiers.id_Ed25519)) {
      return ed25519(info);
    }
    var mlDsa = ML_DSA.get(algorithm);
    if (mlDsa != null) {
      return mlDsa(info, mlDsa);
    }
    throw new UnacceptableKeyException("keys of algorithm " + algorithm + " are not certified");
  }

  private static KeyType rsa(SubjectPublicKeyInfo info)
      throws UnacceptableKeyException, MalformedDerException, IOException {
    if (!DERNull.INSTANCE.equals(info.getAlgorithm().getParameters())) {
      throw new UnacceptableKeyException("an RSA key's algorithm parameters must be NULL");
    }
    Der.checkStructure(info.getPublicKeyData().getOctets());
    var rsa = RSAPublicKey.getInstance(info.parsePublicKey());
    if (!Arrays.equals(rsa.getEncoded(ASN1Encoding.DER), info.getPublicKeyData().getOctets())) {
      throw new UnacceptableKeyException("the RSA key is not in DER");
    }
    if (!rsa.getPublicExponent().equals(F4)) {
      throw new UnacceptableKeyException("an RSA exponent other than 65537");
    }
    if (rsa.getModulus().signum() <= 0 || !rsa.getModulus().testBit(0)) {
      throw new UnacceptableKeyException("an RSA modulus that is even or not positive");
    }
    var type =
        switch (rsa.getModulus().bitLength()) {
          case 2048 -> KeyType.RSA_2048;
          case 3072 -> KeyType.RSA_3072;
          case 4096 -> KeyType.RSA_4096;
          default ->
              throw new UnacceptableKeyException(
                  "an RSA key of "
                      + rsa.getModulus().bitLength()
                      + " bits; it must have 2048, 3072 or 4096");
        };
    var weakness = RsaModulus.weakness(rsa.getModulus());
    if (weakness.isPresent()) {
      throw new UnacceptableKeyException(weakness.get());
    }
    return type;
  }

  private static KeyType ec(SubjectPublicKeyInfo info) throws UnacceptableKeyException {
    if (!(info.getAlgorithm().getParameters() instanceof ASN1ObjectIdentifier curve)) {
      throw new UnacceptableKeyException("an EC key with explicit or no curve parameters");
    }
    var type = CURVES.get(curve);
    if (type == null) {
      throw new UnacceptableKeyException(
          "an EC key on curve " + curve + "; it must be P-256, P-384 or P-521");
    }
    X9ECParameters parameters = ECNamedCurveTable.getByOID(curve);
    byte[] point = info.getPublicKeyData().getOctets();
    int coordinate = (parameters.getCurve().getFieldSize() + 7) / 8;
    if (point.length != 1 + 2 * coordinate || point[0] != 4) {
      throw new UnacceptableKeyException("an EC point that is not in uncompressed form");
    }
    try {
      if (!parameters.getCurve().decodePoint(point).isValid()) {
        throw new UnacceptableKeyException("an EC point that is not on its curve");
      }
    } catch (IllegalArgumentException offCurve) {
      throw new UnacceptableKeyException("an EC point that is not on its curve");
    }
    return type;
  }

  private static KeyType ed25519(SubjectPublicKeyInfo info) throws UnacceptableKeyException {
    if (info.getAlgorithm().getParameters() != null) {
      throw new UnacceptableKeyException("an Ed25519 key's algorithm has no parameters");
    }
    byte[] point = info.getPublicKeyData().getOctets();
    if (point.length != Ed25519.PUBLIC_KEY_SIZE || !Ed25519.validatePublicKeyFull(point, 0)) {
      throw new UnacceptableKeyException("an Ed25519 point that is not a valid public key");
    }
    return KeyType.ED25519;
  }

  /// Every string of the right length is a public key: a seed, and coefficients of ten bits each.
  private static KeyType mlDsa(SubjectPublicKeyInfo info, KeyType type)
      throws UnacceptableKeyException {
    if (info.getAlgorithm().getParameters() != null) {
      throw new UnacceptableKeyException("an ML-DSA key's algorithm has no parameters");
    }
    int wanted =
        switch (type) {
          case ML_DSA_44 -> 1312;
          case ML_DSA_65 -> 1952;
          case ML_DSA_87 -> 2592;
          case RSA_2048, RSA_3072, RSA_4096, EC_P256, EC_P384, EC_P521, ED25519 ->
              throw new IllegalArgumentException("not an ML-DSA key: " + type.text());
        };
    int found = info.getPublicKeyData().getOctets().length;
    if (found != wanted) {
      throw new UnacceptableKeyException(
          "an %s key of %d bytes; it must have %d".formatted(type.text(), found, wanted));
    }
    return type;
  }

  private static PublicKey decode(KeyType type, byte[] encoded) throws UnacceptableKeyException {
    var family =
        switch (type) {
          case RSA_2048, RSA_3072, RSA_4096 -> "RSA";
          case EC_P256, EC_P384, EC_P521 -> "EC";
          case ED25519 -> "Ed25519";
          case ML_DSA_44, ML_DSA_65, ML_DSA_87 -> "ML-DSA";
        };
    try {
      return KeyFactory.getInstance(family, BOUNCY_CASTLE)
          .generatePublic(new X509EncodedKeySpec(encoded));
    } catch (GeneralSecurityException | RuntimeException malformed) {
      throw new UnacceptableKeyException("the public key cannot be decoded");
    }
  }
}
