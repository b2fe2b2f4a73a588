package dev.nameplate.ocsp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Who signs, with what.
class SignersTest {

  private static final String RSA_PSS = PKCSObjectIdentifiers.id_RSASSA_PSS.getId();

  private final FakeClock clock = new FakeClock();
  private final StatusSite site = StatusSite.at(clock);
  private final Issuer issuer = site.pki().issuing().issuer();
  private final BigInteger pump = site.enrolled("pump-1").serial().value();

  @ParameterizedTest
  @EnumSource(names = {"EC_P256", "EC_P384", "RSA_2048", "ED25519", "ML_DSA_44"})
  @Tag("O20")
  void aSignerMayHaveAnyKindOfKeyAndSaysWhichAlgorithmItSignedWith(KeyType type) throws Exception {
    var signer = site.signerWith(type);
    site.signWith(signer);

    var heard = ask(Ask.about(issuer, pump));

    assertThat(heard.says()).containsExactly("good");
    assertThat(heard.isSignedBy(signer.key().publicKey())).isTrue();
    assertThat(algorithm(heard)).isEqualTo(SignatureAlgorithm.of(type).oid());
  }

  @Test
  @Tag("O20")
  void whoPrefersAnAlgorithmGetsItIfThereIsASignerForIt() throws Exception {
    site.signWith(site.signerWith(KeyType.RSA_2048), site.signer());
    var rsa = SignatureAlgorithm.SHA256_WITH_RSA.oid();
    var ecdsa = SignatureAlgorithm.ECDSA_WITH_SHA256.oid();

    assertThat(algorithm(ask(Ask.about(issuer, pump)))).isEqualTo(ecdsa);
    assertThat(algorithm(ask(preferring(rsa)))).isEqualTo(rsa);
    assertThat(algorithm(ask(preferring(ecdsa, rsa)))).isEqualTo(ecdsa);
    assertThat(algorithm(ask(preferring("1.2.3.4", rsa)))).isEqualTo(rsa);
    assertThat(algorithm(ask(preferring("1.2.3.4")))).isEqualTo(ecdsa);
    assertThat(algorithm(ask(Ask.about(issuer, pump)))).isEqualTo(ecdsa);
  }

  @Test
  @Tag("O20")
  void whoPrefersPssGetsNoOldRsaSignatureInstead() throws Exception {
    site.signWith(site.signerWith(KeyType.RSA_2048), site.signer());

    assertThat(algorithm(ask(preferring(RSA_PSS))))
        .isEqualTo(SignatureAlgorithm.ECDSA_WITH_SHA256.oid());
  }

  @Test
  @Tag("O17")
  void aRevocationDropsTheAnswersOfEverySigner() throws Exception {
    site.signWith(site.signerWith(KeyType.RSA_2048), site.signer());
    var hose = site.enrolled("hose-1");
    var plain = Ask.about(issuer, hose.serial().value());
    var rsa = SignatureAlgorithm.SHA256_WITH_RSA.oid();
    var wish = Ask.about(issuer, hose.serial().value()).with(wish(rsa));
    assertThat(ask(plain).says()).containsExactly("good");
    assertThat(ask(wish).says()).containsExactly("good");

    site.revoke(hose, RevocationReason.KEY_COMPROMISE);

    assertThat(ask(plain).says()).containsExactly("revoked");
    assertThat(ask(wish).says()).containsExactly("revoked");
  }

  @Test
  @Tag("O11")
  void anOlderSignerThatIsGoodSignsInPlaceOfANewerOneThatIsRevoked() throws Exception {
    var older = site.signer();
    var newer = site.renewedSigner();
    site.signWith(older, newer);
    assertThat(ask(Ask.about(issuer, pump)).signer()).isEqualTo(newer.certificate());

    site.revoke(newer.certificate(), RevocationReason.KEY_COMPROMISE);

    var heard = ask(Ask.about(issuer, pump));
    assertThat(heard.says()).containsExactly("good");
    assertThat(heard.signer()).isEqualTo(older.certificate());
    var ecdsa = SignatureAlgorithm.ECDSA_WITH_SHA256.oid();
    assertThat(ask(preferring(ecdsa)).signer()).isEqualTo(older.certificate());
  }

  @Test
  @Tag("O02")
  void moreWishesThanAnybodyHasAreMalformed() throws Exception {
    var many = new String[33];
    Arrays.fill(many, "1.2.3.4");

    assertThat(ask(preferring(many)).says()).containsExactly("malformedRequest");
  }

  @Test
  @Tag("O07")
  void anAuthoritysCertificateIsAnsweredForByTheSignerOfItsIssuer() throws Exception {
    var root = site.rootSigner();
    site.signWith(root, site.signer());
    var certificate = site.pki().issuing().certificate().orElseThrow();
    var about = Ask.about(site.pki().root().issuer(), certificate.serial().value());

    var heard = ask(about);
    assertThat(heard.says()).containsExactly("good");
    assertThat(heard.signer()).isEqualTo(root.certificate());

    site.revokeTheIssuingCa(RevocationReason.CESSATION_OF_OPERATION);
    assertThat(ask(about).says()).containsExactly("revoked");
  }

  @Test
  @Tag("O04")
  void aSerialOfOneIssuerMeansNothingToAnother() throws Exception {
    site.signWith(site.rootSigner(), site.signer());

    assertThat(ask(Ask.about(site.pki().root().issuer(), pump)).says()).containsExactly("unknown");
    assertThat(ask(Ask.about(issuer, pump)).says()).containsExactly("good");
  }

  private Heard ask(Ask ask) {
    return Heard.of(site.responder().answer(ask.der()));
  }

  private Ask preferring(String... algorithms) throws Exception {
    return Ask.about(issuer, pump).with(wish(algorithms));
  }

  private static Extension wish(String... algorithms) throws Exception {
    var wishes =
        Arrays.stream(algorithms)
            .map(oid -> new AlgorithmIdentifier(new ASN1ObjectIdentifier(oid)))
            .map(DERSequence::new)
            .toArray(ASN1Encodable[]::new);
    return new Extension(
        OCSPObjectIdentifiers.id_pkix_ocsp_pref_sig_algs,
        false,
        new DEROctetString(new DERSequence(wishes)).getOctets());
  }

  private static String algorithm(Heard heard) {
    return heard.basic().getSignatureAlgorithm().getAlgorithm().getId();
  }
}
