package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.enrollment.IssuedSecret;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.CsrAttribute;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.SmimeCapability;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.x500.X500Name;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Server-side key generation.
final class Rfc7030Section44Test {

  private static final String AES_256_CBC = "2.16.840.1.101.3.4.1.42";
  private static final String AES_128_CBC = "2.16.840.1.101.3.4.1.2";
  private static final String AES_256_GCM = "2.16.840.1.101.3.4.1.46";
  private static final String RSAES_OAEP = "1.2.840.113549.1.1.7";
  private static final String OAEP_WITH_SHA256 =
      "302fa00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d0609608648016503"
          + "0402010500";

  /// SHA-256, and an MGF1 that does not say over which hash.
  private static final String OAEP_WITH_HALF_AN_MGF =
      "3020a00f300d06096086480165030402010500a10d300b06092a864886f70d010108";

  /// One part of an answer, whose content was in base64.
  private record Part(String head, Der content) {
    byte[] der() {
      return content.toByteArray();
    }
  }

  @TempDir Path folder;

  private final EstFixture est = EstFixture.start();
  private final SoftwareKey placeholder = SoftwareKey.generate(KeyType.EC_P256);

  @AfterEach
  void stop() {
    est.close();
  }

  @Test
  @Tag("K1")
  void itIsOffUnlessTheLabelSaysOtherwise() throws Exception {
    var secret = est.register("pump-0017");
    try (var client = EstClient.anonymous(est)) {
      var answer = ask(client, "serverkeygen", "pump-0017", secret, request("pump-0017"));

      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.text()).isEqualTo("This EST label makes no keys for devices.\n");
    }
  }

  @Test
  @Tag("K1")
  @Tag("S4")
  void nobodyGetsAKeyWhoIsNobody() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      assertThat(client.post("meter/serverkeygen", request("pump-0017")).status()).isEqualTo(401);
    }
  }

  @Test
  @Tag("K2")
  void aDeviceGetsAPkcs8KeyAndTheCertificateForIt() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      var answer = ask(client, TestProfiles.METER, request("meter-1"));

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Content-Type"))
          .hasValueSatisfying(type -> assertThat(type).startsWith("multipart/mixed; boundary="));
      var parts = parts(answer);
      assertThat(parts).hasSize(2);
      assertThat(parts.get(0).head())
          .isEqualTo("Content-Type: application/pkcs8\r\nContent-Transfer-Encoding: base64");
      assertThat(parts.get(1).head())
          .isEqualTo(
              "Content-Type: application/pkcs7-mime; smime-type=certs-only\r\n"
                  + "Content-Transfer-Encoding: base64");
      var certificate = certificate(parts);
      assertThat(certificate.subject()).hasToString("cn=meter-1");
      assertThat(plainKey(parts).publicKey()).isEqualTo(certificate.publicKey());
    }
  }

  @Test
  @Tag("K2")
  void opensslReadsTheKey() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      var parts = parts(ask(client, TestProfiles.METER, request("meter-1")));
      Files.write(folder.resolve("key.der"), parts.getFirst().der());
      var certificate = certificate(parts);

      assertThat(
              Tool.OPENSSL
                  .run(folder, "pkey", "-inform", "DER", "-in", "key.der", "-pubout")
                  .ok()
                  .out())
          .isEqualTo(Pem.encode("PUBLIC KEY", certificate.publicKey().spki().toByteArray()));
    }
  }

  @Test
  @Tag("K1")
  void theKeyAndTheSignatureInTheRequestCountForNothing() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      var forged = request("meter-1");
      var broken = Base64.getDecoder().decode(forged);
      broken[broken.length - 1] ^= 1;

      var answer = ask(client, TestProfiles.METER, Base64.getEncoder().encode(broken));

      assertThat(answer.status()).isEqualTo(200);
      assertThat(certificate(parts(answer)).publicKey()).isNotEqualTo(placeholder.publicKey());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = KeyType.class,
      names = {"RSA_2048", "EC_P384", "ED25519"})
  @Tag("K1")
  void theKeyIsOfTheKindThatTheRequestShows(KeyType type) throws Exception {
    try (var client = EstClient.anonymous(est)) {
      var like = SoftwareKey.generate(type);
      var answer = ask(client, TestProfiles.METER, Requests.oneLine(Requests.of("meter-1", like)));

      assertThat(certificate(parts(answer)).publicKey().type()).isEqualTo(type);
      assertThat(plainKey(parts(answer)).publicKey().type()).isEqualTo(type);
    }
  }

  @Test
  @Tag("K1")
  void whatIsNoRequestIsRefused() throws Exception {
    est.register("meter-1", TestProfiles.METER);
    try (var client = EstClient.anonymous(est)) {
      var secret = est.secret("meter-1", 1);
      var nested = Requests.oneLine(Requests.nested(2000));

      assertThat(ask(client, "meter/serverkeygen", "meter-1", secret, nested).status())
          .isEqualTo(400);
    }
  }

  @Test
  @Tag("K4")
  void aLabelMayDemandEncryption() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      var answer = ask(client, TestProfiles.VAULT, request("vault-1"));

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).contains("hands out keys only encrypted");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = KeyType.class,
      names = {"RSA_2048", "EC_P256", "EC_P384", "EC_P521"})
  @Tag("K3")
  void opensslOpensAKeyForTheCertificateOfADevice(KeyType type) throws Exception {
    var device = enrolled("vault-1", type);
    try (var client = EstClient.of(est, device)) {
      var parts =
          parts(
              client.post(
                  "vault/serverkeygen",
                  request("vault-1", asymmetric(device), capabilities(AES_256_CBC))));

      assertThat(parts.getFirst().head())
          .startsWith("Content-Type: application/pkcs7-mime; smime-type=server-generated-key\r\n");
      var structure = structure(parts);
      assertThat(structure)
          .contains("pkcs7-envelopedData", "pkcs7-signedData", "aes-256-cbc")
          .contains(type.isRsa() ? "rsaEncryption" : "dhSinglePass-stdDH-sha256kdf-scheme");
      assertThat(opened(parts, "-recip", recipient(device), "-inkey", key(device)).publicKey())
          .isEqualTo(certificate(parts).publicKey());
    }
  }

  @Test
  @Tag("K3")
  void opensslOpensAKeyForACertificateThatWasNamedByItsIssuer() throws Exception {
    var device = enrolled("vault-1", KeyType.EC_P256);
    var name =
        Der.of(
            new IssuerAndSerialNumber(
                    X500Name.getInstance(device.certificate().issuer().der().toByteArray()),
                    device.certificate().serial().value())
                .getEncoded());
    try (var client = EstClient.of(est, device)) {
      var parts =
          parts(
              client.post(
                  "vault/serverkeygen",
                  request("vault-1", new CsrAttribute.AsymmetricDecryptKeyIdentifier(name))));

      assertThat(structure(parts)).contains("aes-128-cbc");
      assertThat(opened(parts, "-recip", recipient(device), "-inkey", key(device)).publicKey())
          .isEqualTo(certificate(parts).publicKey());
    }
  }

  @Test
  @Tag("K3")
  void anRsaKeyGetsOaepIfItSaysThatItKnowsIt() throws Exception {
    var device = enrolled("vault-1", KeyType.RSA_2048);
    for (var parameters : List.of("", OAEP_WITH_SHA256)) {
      var oaep =
          new SmimeCapability(
              RSAES_OAEP,
              parameters.isEmpty()
                  ? Optional.empty()
                  : Optional.of(Der.of(HexFormat.of().parseHex(parameters))));
      try (var client = EstClient.of(est, device)) {
        var parts =
            parts(
                client.post(
                    "vault/serverkeygen",
                    request(
                        "vault-1",
                        asymmetric(device),
                        new CsrAttribute.SmimeCapabilities(
                            List.of(oaep, new SmimeCapability(AES_128_CBC, Optional.empty()))))));

        assertThat(structure(parts)).contains("rsaesOaep", "aes-128-cbc");
        if (!parameters.isEmpty()) {
          assertThat(structure(parts)).contains("sha256");
        }
        assertThat(opened(parts, "-recip", recipient(device), "-inkey", key(device)).publicKey())
            .isEqualTo(certificate(parts).publicKey());
      }
    }
  }

  @Test
  @Tag("K3")
  void oaepOfAKindThatNobodyKnowsIsNotUsed() throws Exception {
    var device = enrolled("vault-1", KeyType.RSA_2048);
    var oaep =
        new SmimeCapability(
            RSAES_OAEP, Optional.of(Der.of(HexFormat.of().parseHex(OAEP_WITH_HALF_AN_MGF))));
    try (var client = EstClient.of(est, device)) {
      var parts =
          parts(
              client.post(
                  "vault/serverkeygen",
                  request(
                      "vault-1",
                      asymmetric(device),
                      new CsrAttribute.SmimeCapabilities(
                          List.of(oaep, new SmimeCapability(AES_128_CBC, Optional.empty()))))));

      assertThat(structure(parts)).contains("rsaEncryption").doesNotContain("rsaesOaep");
      assertThat(opened(parts, "-recip", recipient(device), "-inkey", key(device)).publicKey())
          .isEqualTo(certificate(parts).publicKey());
    }
  }

  @Test
  @Tag("K3")
  void opensslOpensAKeyForASharedKey() throws Exception {
    var kek = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    var name = Der.of("kek-7".getBytes(US_ASCII));
    est.sharedKeys.put(name, KeyEncryptionKey.ofHex(kek));
    try (var client = EstClient.anonymous(est)) {
      var parts =
          parts(
              ask(
                  client,
                  TestProfiles.VAULT,
                  request(
                      "vault-1",
                      new CsrAttribute.DecryptKeyIdentifier(name),
                      capabilities(AES_256_CBC))));

      assertThat(structure(parts)).contains("d.kekri", "version: 4", "id-aes256-wrap");
      assertThat(
              opened(parts, "-secretkey", kek, "-secretkeyid", hex("kek-7".getBytes(US_ASCII)))
                  .publicKey())
          .isEqualTo(certificate(parts).publicKey());
    }
  }

  @Test
  @Tag("K3")
  void aKeyThatIsNotKnownToBeTheDevicesIsNotEncryptedTo() throws Exception {
    var other = enrolled("vault-2", KeyType.EC_P256);
    var device = enrolled("vault-1", KeyType.EC_P256);
    try (var client = EstClient.of(est, device)) {
      for (var attribute :
          List.of(
              asymmetric(other),
              new CsrAttribute.DecryptKeyIdentifier(Der.of(new byte[] {1, 2, 3})))) {
        var answer = client.post("vault/serverkeygen", request("vault-1", attribute));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("not known to belong to");
      }
    }
    assertThat(issuedTo("vault-1")).isEqualTo(1);
  }

  @Test
  @Tag("K3")
  void withoutACommonAlgorithmNothingIsMade() throws Exception {
    var device = enrolled("vault-1", KeyType.EC_P256);
    var signsOnly = enrolled("vault-2", KeyType.ED25519);
    try (var client = EstClient.of(est, device)) {
      var answer =
          client.post(
              "vault/serverkeygen",
              request("vault-1", asymmetric(device), capabilities(AES_256_GCM)));

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).contains("neither AES-256-CBC nor AES-128-CBC");
    }
    try (var client = EstClient.of(est, signsOnly)) {
      var answer = client.post("vault/serverkeygen", request("vault-2", asymmetric(signsOnly)));

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).contains("signs only");
    }
    assertThat(issuedTo("vault-1")).isEqualTo(1);
    assertThat(issuedTo("vault-2")).isEqualTo(1);
  }

  @Test
  @Tag("E12")
  @Tag("K4")
  void whoLostTheAnswerGetsANewKeyInItsPlaceForTheSameSecret() throws Exception {
    var secret = est.register("meter-1", TestProfiles.METER);
    try (var client = EstClient.anonymous(est)) {
      var lost = certificate(parts(meter(client, secret)));
      est.clock.advance(Duration.ofMinutes(9));

      var second = parts(meter(client, secret));

      var certificate = certificate(second);
      assertThat(certificate.publicKey()).isNotEqualTo(lost.publicKey());
      assertThat(plainKey(second).publicKey()).isEqualTo(certificate.publicKey());
      assertThat(est.store.status(est.issuer(), lost.serial()))
          .isInstanceOf(CertificateStatus.Revoked.class);
      assertThat(est.store.status(est.issuer(), certificate.serial()))
          .isInstanceOf(CertificateStatus.Good.class);
    }
  }

  @Test
  @Tag("E12")
  void aSecretPaysForLostAnswersForTenMinutesOnly() throws Exception {
    var secret = est.register("meter-1", TestProfiles.METER);
    try (var client = EstClient.anonymous(est)) {
      assertThat(meter(client, secret).status()).isEqualTo(200);
      est.clock.advance(Duration.ofMinutes(9));
      assertThat(meter(client, secret).status()).isEqualTo(200);
      est.clock.advance(Duration.ofMinutes(1));

      var late = meter(client, secret);

      assertThat(late.status()).isEqualTo(403);
      assertThat(late.text()).contains("spent");
    }
  }

  @Test
  @Tag("E12")
  void aSecretPaysForNothingMoreOnceTheCertificateWasSeen() throws Exception {
    var secret = est.register("meter-1", TestProfiles.METER);
    try (var client = EstClient.anonymous(est)) {
      var parts = parts(meter(client, secret));
      try (var inUse = EstClient.presenting(est, plainKey(parts), certificate(parts))) {
        // seen in use, whatever becomes of the request
        inUse.post("meter/simplereenroll", Requests.oneLine(new byte[] {0x30, 0}));
      }

      assertThat(meter(client, secret).status()).isEqualTo(403);
    }
  }

  @Test
  @Tag("E12")
  void aSecretThatPaidForAKeyPaysForNoOtherRequest() throws Exception {
    var secret = est.register("meter-1", TestProfiles.METER);
    try (var client = EstClient.anonymous(est)) {
      assertThat(meter(client, secret).status()).isEqualTo(200);

      var other =
          client.post(
              "meter/simpleenroll",
              request("meter-1"),
              "Authorization: " + EstFixture.basic("meter-1", secret.text()));

      assertThat(other.status()).isEqualTo(403);
    }
  }

  @Test
  @Tag("K4")
  void noKeyIsInTheAuditLog() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      var parts = parts(ask(client, TestProfiles.METER, request("meter-1")));
      var secretHalf = hex(parts.getFirst().der()).substring(0, 40);

      assertThat(est.audited(AuditEvent.Issued.class).toString())
          .doesNotContain(secretHalf)
          .doesNotContain(Base64.getEncoder().encodeToString(parts.getFirst().der()));
    }
  }

  @Test
  @Tag("K4")
  void aKeyThatWasSentIsGone() {
    var der = new byte[] {1, 2, 3};
    var key = new GeneratedKey(GeneratedKey.Form.PLAIN, der);
    key.close();

    assertThat(der).containsOnly(0);
    assertThat(key).hasToString("GeneratedKey[PLAIN]");
  }

  private EstClient.Answer meter(EstClient client, IssuedSecret secret) throws Exception {
    return ask(client, "meter/serverkeygen", "meter-1", secret, request("meter-1"));
  }

  /// Registers the device under the profile, and asks for a key with a new secret.
  private EstClient.Answer ask(EstClient client, CertificateProfile profile, byte[] request)
      throws Exception {
    var id = profile.name() + "-1";
    var secret = est.register(id, profile);
    return ask(client, profile.name() + "/serverkeygen", id, secret, request);
  }

  private static EstClient.Answer ask(
      EstClient client, String operation, String user, IssuedSecret secret, byte[] request)
      throws Exception {
    return client.post(
        operation, request, "Authorization: " + EstFixture.basic(user, secret.text()));
  }

  /// What a device sends that has no key: one that counts for nothing.
  private byte[] request(String id, CsrAttribute... attributes) {
    return Requests.oneLine(
        Csr.sign(
                DistinguishedName.ofCommonName(id),
                placeholder.publicKey(),
                List.of(attributes),
                placeholder.algorithm(),
                placeholder::sign)
            .toByteArray());
  }

  private static CsrAttribute asymmetric(FakeDevice device) {
    var identifier = device.certificate().subjectKeyIdentifier().orElseThrow();
    return new CsrAttribute.AsymmetricDecryptKeyIdentifier(
        Der.of(HexFormat.of().parseHex(identifier)));
  }

  private static CsrAttribute capabilities(String... oids) {
    return new CsrAttribute.SmimeCapabilities(
        Arrays.stream(oids).map(oid -> new SmimeCapability(oid, Optional.empty())).toList());
  }

  /// A device with a key of its own, under the label that hands out keys only encrypted.
  private FakeDevice enrolled(String id, KeyType type) throws Exception {
    var device = FakeDevice.with(id, SoftwareKey.generate(type));
    var secret = est.register(id, TestProfiles.VAULT);
    try (var client = EstClient.anonymous(est)) {
      device.install(
          client
              .post(
                  "vault/simpleenroll",
                  Requests.oneLine(device.csr()),
                  "Authorization: " + EstFixture.basic(id, secret.text()))
              .certificate());
    }
    return device;
  }

  private long issuedTo(String id) {
    return est.store.list(CertificateQuery.ofOwner(new DeviceId(id).owner())).size();
  }

  private String recipient(FakeDevice device) throws Exception {
    var file = folder.resolve("recipient.pem");
    Files.writeString(file, Pem.encode("CERTIFICATE", device.certificate().der().toByteArray()));
    return file.toString();
  }

  private String key(FakeDevice device) throws Exception {
    var file = folder.resolve("recipient.key");
    Files.writeString(file, device.key().toPem());
    return file.toString();
  }

  /// What openssl says the encrypted part is.
  private String structure(List<Part> parts) throws Exception {
    Files.write(folder.resolve("part.der"), parts.getFirst().der());
    return Tool.OPENSSL
        .run(folder, "cms", "-cmsout", "-print", "-inform", "DER", "-in", "part.der", "-noout")
        .ok()
        .out();
  }

  /// The key inside, by the two commands that anybody would use.
  private SoftwareKey opened(List<Part> parts, String... with) throws Exception {
    Files.write(folder.resolve("part.der"), parts.getFirst().der());
    Files.writeString(
        folder.resolve("root.pem"), Pem.encode("CERTIFICATE", est.root.der().toByteArray()));
    var decrypt =
        new ArrayList<>(List.of("cms", "-decrypt", "-inform", "DER", "-binary", "-in", "part.der"));
    decrypt.addAll(List.of("-out", "signed.der"));
    decrypt.addAll(List.of(with));
    Tool.OPENSSL.run(folder, decrypt.toArray(String[]::new)).ok();
    Tool.OPENSSL
        .run(
            folder,
            ("cms -verify -inform DER -binary -in signed.der -CAfile root.pem -purpose any"
                    + " -out keys.der")
                .split(" ", -1))
        .ok();
    var keys = ASN1Sequence.getInstance(Files.readAllBytes(folder.resolve("keys.der")));
    assertThat(keys.size()).isEqualTo(1);
    return SoftwareKey.fromPem(
        Pem.encode("PRIVATE KEY", keys.getObjectAt(0).toASN1Primitive().getEncoded()));
  }

  private static SoftwareKey plainKey(List<Part> parts) throws Exception {
    return SoftwareKey.fromPem(Pem.encode("PRIVATE KEY", parts.getFirst().der()));
  }

  private static Certificate certificate(List<Part> parts) throws Exception {
    return CertsOnly.decode(parts.get(1).der()).getFirst();
  }

  /// RFC 2046 section 5.1, without our own code.
  private static List<Part> parts(EstClient.Answer answer) {
    assertThat(answer.statusLine()).as(answer.text()).contains(" 200 ");
    var boundary = "--" + answer.header("Content-Type").orElseThrow().split("boundary=", -1)[1];
    var parts = new ArrayList<Part>();
    for (var piece : answer.text().split(boundary + "\r\n", -1)) {
      if (piece.isEmpty()) {
        continue;
      }
      var halves = piece.split("\r\n\r\n", 2);
      var content = halves[1].replace(boundary + "--", "").getBytes(ISO_8859_1);
      parts.add(new Part(halves[0], Der.of(Base64.getMimeDecoder().decode(content))));
    }
    assertThat(answer.text()).endsWith("\r\n" + boundary + "--\r\n");
    return parts;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
