package dev.nameplate.ca.x509;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Optional;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.conscrypt.Conscrypt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One public key that passed the floor, ready to check signatures: by Conscrypt where it is the
/// faster and its native library loads, by Bouncy Castle elsewhere. They give the same answers.
/// `docs/adr/0007-tls-stack-and-signature-provider.md` has the figures.
final class SignatureCheck {

  private static final Logger LOG = LoggerFactory.getLogger(SignatureCheck.class);

  private static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();
  private static final Optional<Provider> CONSCRYPT = conscrypt();

  private final Provider provider;
  private final PublicKey key;

  private SignatureCheck(Provider provider, PublicKey key) {
    this.provider = provider;
    this.key = key;
  }

  static SignatureCheck of(PublicKeyInfo info) {
    var family =
        switch (info.type()) {
          case RSA_2048, RSA_3072, RSA_4096 -> Optional.of("RSA");
          case EC_P256, EC_P384, EC_P521 -> Optional.of("EC");
          case ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87 -> Optional.<String>empty();
        };
    return CONSCRYPT
        .flatMap(fast -> family.flatMap(name -> by(fast, name, info)))
        .orElseGet(() -> byBouncyCastle(info));
  }

  static SignatureCheck byBouncyCastle(PublicKeyInfo info) {
    return new SignatureCheck(BOUNCY_CASTLE, info.toPublicKey());
  }

  /// Whether `signature` is the key's over `data`. What is malformed is none.
  boolean verifies(SignatureAlgorithm algorithm, byte[] data, byte[] signature) {
    return verifies(algorithm, ByteBuffer.wrap(data), signature);
  }

  /// The same over data that need not be copied.
  boolean verifies(SignatureAlgorithm algorithm, ByteBuffer data, byte[] signature) {
    try {
      var verifier = Signature.getInstance(algorithm.jcaName(), provider);
      verifier.initVerify(key);
      verifier.update(data);
      return verifier.verify(signature);
    } catch (GeneralSecurityException | RuntimeException notASignature) {
      return false;
    }
  }

  /// Who checks.
  String provider() {
    return provider.getName();
  }

  private static Optional<SignatureCheck> by(Provider fast, String family, PublicKeyInfo info) {
    try {
      var key =
          KeyFactory.getInstance(family, fast)
              .generatePublic(new X509EncodedKeySpec(info.spki().toByteArray()));
      return Optional.of(new SignatureCheck(fast, key));
    } catch (GeneralSecurityException | RuntimeException notForThisOne) {
      return Optional.empty();
    }
  }

  private static Optional<Provider> conscrypt() {
    try {
      Conscrypt.checkAvailability();
      return Optional.of(Conscrypt.newProvider());
    } catch (LinkageError | RuntimeException missing) {
      LOG.warn(
          "signatures are checked by Bouncy Castle, which takes longer: Conscrypt's native library"
              + " cannot be used: {}",
          missing.getMessage());
      return Optional.empty();
    }
  }
}
