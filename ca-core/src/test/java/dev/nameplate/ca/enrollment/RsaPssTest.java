package dev.nameplate.ca.enrollment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.revocation.CrlListener;
import dev.nameplate.ca.revocation.CrlPublication;
import dev.nameplate.ca.revocation.CrlSchedule;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.TestHierarchy.Stores;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/// Authorities that sign with RSASSA-PSS, one of them with SHA-384, as others see them.
@TestInstance(Lifecycle.PER_CLASS)
class RsaPssTest {

  private static final Tool CERTTOOL = new Tool("certtool", "gnutls-bin");

  private final SoftwareSigningKey rootKey =
      SoftwareSigningKey.generate(KeyType.RSA_4096).withPss();
  private final SoftwareSigningKey issuingKey =
      SoftwareSigningKey.generate(KeyType.RSA_3072).withPss();
  private final InstantSource clock = InstantSource.system(); // certtool takes no other
  private final InMemoryStore store = new InMemoryStore(clock);
  @TempDir private static Path folder;
  private TestHierarchy pki;
  private Certificate device;
  private Crl crl;

  @BeforeAll
  void issue() throws Exception {
    pki =
        TestHierarchy.withKeys(
            new Stores(store, store, store, store),
            clock,
            new SecureRandom(),
            rootKey,
            issuingKey,
            SoftwareSigningKey.generate(KeyType.EC_P256));
    device = pki.enrolled(FakeDevice.named("pump-0017"));
    new CrlPublication(
            store, store, clock, CrlSchedule.DEFAULT, TestHierarchy.URLS, CrlListener.NONE)
        .publishIfDue(pki.issuing());
    crl =
        Crl.parse(
            store
                .latestCrl(pki.issuing().issuer().id(), CrlScope.END_ENTITIES)
                .orElseThrow()
                .der());
    write("device.pem", device);
    write("root.pem", root());
    write("issuing.pem", issuing());
    write("path.pem", device, issuing(), root());
    Files.writeString(folder.resolve("crl.pem"), Pem.encode("X509 CRL", crl.der().toByteArray()));
  }

  @Test
  void weVerifyThemOurselves() {
    assertThat(device.isSignedBy(issuingKey.publicKey())).isTrue();
    assertThat(issuing().isSignedBy(rootKey.publicKey())).isTrue();
    assertThat(device.isSignedBy(rootKey.publicKey())).isFalse();
    assertThat(crl.isSignedBy(issuingKey.publicKey())).isTrue();
  }

  @Test
  void opensslVerifiesThePathAndTheCrl() throws Exception {
    assertThat(
            openssl(
                "verify -x509_strict -CAfile root.pem -untrusted issuing.pem -crl_check -CRLfile"
                    + " crl.pem device.pem"))
        .isEqualTo("device.pem: OK\n");
    assertThat(openssl("x509 -in issuing.pem -noout -text"))
        .contains("Signature Algorithm: rsassaPss", "Hash Algorithm: sha384")
        .contains("Mask Algorithm: mgf1 with sha384", "Salt Length: 0x30");
    assertThat(openssl("crl -in crl.pem -noout -text"))
        .contains("Signature Algorithm: rsassaPss", "Hash Algorithm: sha256")
        .contains("Mask Algorithm: mgf1 with sha256", "Salt Length: 0x20");
  }

  @Test
  void gnutlsVerifiesThePathAndTheCrl() {
    assertThat(
            CERTTOOL
                .run(folder, "--verify", "--load-ca-certificate=root.pem", "--infile=path.pem")
                .ok()
                .output())
        .contains(
            "RSA-PSS-SHA384", "Chain verification output: Verified. The certificate is trusted");
    assertThat(
            CERTTOOL
                .run(
                    folder, "--verify-crl", "--load-ca-certificate=issuing.pem", "--infile=crl.pem")
                .ok()
                .output())
        .contains("Verification output: Verified. The certificate is trusted");
  }

  @Test
  void javaVerifiesTheCertificateAndTheCrl() throws Exception {
    var factory = CertificateFactory.getInstance("X.509");
    var certificate =
        (X509Certificate)
            factory.generateCertificate(new ByteArrayInputStream(device.der().toByteArray()));
    var list = (X509CRL) factory.generateCRL(new ByteArrayInputStream(crl.der().toByteArray()));

    certificate.verify(issuingKey.publicKey().toPublicKey());
    list.verify(issuingKey.publicKey().toPublicKey());
    assertThat(certificate.getSigAlgName()).isEqualTo("RSASSA-PSS");
  }

  @Test
  void aRequestThatOpensslSignedSoIsRead() throws Exception {
    for (var hash : new String[] {"sha256", "sha384", "sha512"}) {
      openssl(
          "req -new -newkey rsa:2048 -nodes -keyout key.pem -subj /CN=pump-0017 -out csr.der -"
              + hash
              + " -outform DER -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1");

      var csr = Csr.parse(Files.readAllBytes(folder.resolve("csr.der")));

      assertThat(csr.publicKey().type()).isEqualTo(KeyType.RSA_2048);
    }
  }

  private Certificate root() {
    return pki.root().certificate().orElseThrow();
  }

  private Certificate issuing() {
    return pki.issuing().certificate().orElseThrow();
  }

  private static void write(String name, Certificate... certificates) throws Exception {
    Files.writeString(folder.resolve(name), Pem.encode(certificates));
  }

  private static String openssl(String arguments) {
    return Tool.OPENSSL.run(folder, arguments.split(" ")).ok().out();
  }
}
