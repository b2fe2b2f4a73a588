package dev.nameplate.ca.x509;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.SoftwareSigningKey;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import org.bouncycastle.asn1.pkcs.CertificationRequest;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/// ML-DSA (FIPS 204, RFC 9881) between two implementations that neither of them wrote for the
/// other: the JDK's and Bouncy Castle's.
@Tag("E1")
@Tag("13")
class MlDsaTest {

  private static final BouncyCastleProvider BOUNCY_CASTLE = new BouncyCastleProvider();
  private static final byte[] DATA = {1, 2, 3};

  @ParameterizedTest
  @EnumSource(names = "ML_DSA_.*", mode = Mode.MATCH_ALL)
  void bouncyCastleVerifiesWhatTheJdkSigned(KeyType type) throws Exception {
    var key = SoftwareKey.generate(type);
    var read = with(BOUNCY_CASTLE, key.publicKey().spki());

    assertThat(key.privateKey().getClass().getName()).startsWith("sun.");
    assertThat(verifies(Signature.getInstance("ML-DSA", BOUNCY_CASTLE), read, key.sign(DATA)))
        .isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = "ML_DSA_.*", mode = Mode.MATCH_ALL)
  void aRequestThatBouncyCastleSignedIsReadAndTheJdkVerifiesItToo(KeyType type) throws Exception {
    var pair = KeyPairGenerator.getInstance(name(type), BOUNCY_CASTLE).generateKeyPair();
    var publicKey = PublicKeyInfo.parse(pair.getPublic().getEncoded());
    var request =
        Csr.sign(
            DistinguishedName.ofCommonName("pump-0017"),
            publicKey,
            SignatureAlgorithm.of(type),
            data -> signed(pair, data));
    var csr = Csr.parse(request.toByteArray());
    var parsed = CertificationRequest.getInstance(request.toByteArray());
    var verifier = Signature.getInstance(name(type), "SUN");
    verifier.initVerify(
        KeyFactory.getInstance("ML-DSA", "SUN")
            .generatePublic(new X509EncodedKeySpec(publicKey.spki().toByteArray())));
    verifier.update(parsed.getCertificationRequestInfo().getEncoded());

    assertThat(csr.publicKey().type()).isEqualTo(type);
    assertThat(verifier.verify(parsed.getSignature().getOctets())).isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = "ML_DSA_.*", mode = Mode.MATCH_ALL)
  void aRequestWithAFlippedBitInItsSignatureProvesNothing(KeyType type) {
    var device = FakeDevice.named("pump-0017", SoftwareSigningKey.generate(type));
    byte[] request = device.request().toByteArray();
    request[request.length - 100] ^= 1;

    assertThatThrownBy(() -> Csr.parse(request))
        .isInstanceOf(MalformedCsrException.class)
        .hasMessageContaining("does not prove possession");
  }

  @ParameterizedTest
  @EnumSource(names = "ML_DSA_.*", mode = Mode.MATCH_ALL)
  void aPrivateKeyGoesOutAndComesBack(KeyType type) throws Exception {
    var key = SoftwareKey.generate(type);
    var again = SoftwareKey.fromPem(key.toPem());

    assertThat(again.publicKey()).isEqualTo(key.publicKey());
    assertThat(key.publicKey().verifies(again.algorithm(), DATA, again.sign(DATA))).isTrue();
  }

  /// RFC 9881 section 6 has three forms of a private key: Bouncy Castle writes seed and expanded
  /// key, the JDK the expanded key alone and reads no other.
  @ParameterizedTest
  @EnumSource(names = "ML_DSA_.*", mode = Mode.MATCH_ALL)
  void aPrivateKeyWithItsSeedIsReadToo(KeyType type) throws Exception {
    var pair = KeyPairGenerator.getInstance(name(type), BOUNCY_CASTLE).generateKeyPair();
    var key = SoftwareKey.fromPem(Pem.encode("PRIVATE KEY", pair.getPrivate().getEncoded()));

    assertThat(key.publicKey().spki().toByteArray()).isEqualTo(pair.getPublic().getEncoded());
    assertThat(key.publicKey().verifies(key.algorithm(), DATA, key.sign(DATA))).isTrue();
  }

  private static byte[] signed(KeyPair pair, byte[] data) {
    try {
      var signer = Signature.getInstance("ML-DSA", BOUNCY_CASTLE);
      signer.initSign(pair.getPrivate());
      signer.update(data);
      return signer.sign();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static boolean verifies(Signature verifier, PublicKey key, byte[] signature)
      throws GeneralSecurityException {
    verifier.initVerify(key);
    verifier.update(DATA);
    return verifier.verify(signature);
  }

  private static PublicKey with(BouncyCastleProvider provider, Der spki)
      throws GeneralSecurityException {
    return KeyFactory.getInstance("ML-DSA", provider)
        .generatePublic(new X509EncodedKeySpec(spki.toByteArray()));
  }

  private static String name(KeyType type) {
    return SignatureAlgorithm.of(type).jcaName();
  }
}
