package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.enrollment.IssuedSecret;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.x509.Certificate;
import java.net.Socket;
import java.security.PrivateKey;
import java.security.SecureRandom;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509TrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.est.ESTAuth;
import org.bouncycastle.est.ESTService;
import org.bouncycastle.est.EnrollmentResponse;
import org.bouncycastle.est.HttpAuth;
import org.bouncycastle.est.jcajce.ChannelBindingProvider;
import org.bouncycastle.est.jcajce.JsseESTServiceBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Bouncy Castle's own client, which sends a secret only when it is asked for one.
final class BouncyCastleClientTest {

  private final EstFixture est = EstFixture.start();
  private final FakeDevice pump = FakeDevice.fresh("pump");

  @AfterEach
  void stop() {
    est.close();
  }

  @Test
  @Tag("S4")
  @Tag("S5")
  void itEnrollsWithBasicAfterTheChallenge() throws Exception {
    var secret = est.register("pump");

    assertThat(enroll(TestProfiles.DEVICE, basic(secret)).publicKey())
        .isEqualTo(pump.key().publicKey());
  }

  @Test
  @Tag("S4")
  @Tag("S6")
  void itEnrollsWithDigestAfterTheChallenge() throws Exception {
    var secret = est.register("pump", TestProfiles.DIGEST);

    assertThat(enroll(TestProfiles.DIGEST, digest(secret)).publicKey())
        .isEqualTo(pump.key().publicKey());
  }

  @Test
  @Tag("E8")
  @Tag("E9")
  void itLinksItsRequestToTheConnection() throws Exception {
    var secret = est.register("pump", TestProfiles.LINKED);

    var answer =
        service(TestProfiles.LINKED)
            .simpleEnrollPoP(
                false,
                new PKCS10CertificationRequestBuilder(name(), publicKey()),
                signer(),
                basic(secret));

    assertThat(certificate(answer).publicKey()).isEqualTo(pump.key().publicKey());
  }

  private Certificate enroll(CertificateProfile profile, ESTAuth auth) throws Exception {
    return certificate(
        service(profile).simpleEnroll(false, new PKCS10CertificationRequest(pump.csr()), auth));
  }

  private static Certificate certificate(EnrollmentResponse answer) throws Exception {
    var only = answer.getStore().getMatches(null).iterator().next();
    return Certificate.parse(only.getEncoded());
  }

  private ESTService service(CertificateProfile profile) throws Exception {
    return new JsseESTServiceBuilder(
            "localhost:" + est.port(), (X509TrustManager) Tls.trusting(est.root)[0])
        .withChannelBindingProvider(new Exporter())
        .withLabel(profile.name())
        .build();
  }

  private static HttpAuth basic(IssuedSecret secret) {
    return new HttpAuth("nameplate", "pump", secret.text().toCharArray());
  }

  private static HttpAuth digest(IssuedSecret secret) throws Exception {
    return new HttpAuth(
        "nameplate",
        "pump",
        secret.text().toCharArray(),
        new SecureRandom(),
        new JcaDigestCalculatorProviderBuilder().build());
  }

  private static X500Name name() {
    return new X500Name("CN=pump");
  }

  private SubjectPublicKeyInfo publicKey() {
    return SubjectPublicKeyInfo.getInstance(pump.key().publicKey().spki().toByteArray());
  }

  private ContentSigner signer() throws Exception {
    PrivateKey key = pump.key().privateKey();
    return new JcaContentSignerBuilder("SHA256withECDSA").build(key);
  }

  /// The client calls it tls-unique; on TLS 1.3 it is the value of RFC 9266.
  private static final class Exporter implements ChannelBindingProvider {

    @Override
    public boolean canAccessChannelBinding(Socket socket) {
      return socket instanceof SSLSocket;
    }

    @Override
    public byte[] getChannelBinding(Socket socket, String binding) {
      return Tls.exporter(((SSLSocket) socket).getSession()).orElseThrow().value().toByteArray();
    }
  }
}
