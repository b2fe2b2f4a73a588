package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.store.SerialPattern;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.trust.TrustAnchors;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Manufacturers' certificates (IDevIDs) let a device in for the first time, and renew nothing;
/// ours renew, and are nobody's IDevID (RFC 7030 section 3.3.2, IEEE 802.1AR).
final class ManufacturersTest {

  private final EstFixture est = EstFixture.start();
  private final Manufacturer maker;

  ManufacturersTest() throws Exception {
    maker = Manufacturer.root("Maker Root");
    est.anchor("made", maker.certificate());
    est.anchor("found", maker.certificate());
  }

  @AfterEach
  void stop() {
    est.close();
  }

  /// Whatever a client may hold.
  enum Shown {
    NOTHING,
    OURS,
    IDEVID,
    IDEVID_THROUGH_INTERMEDIATE,
    IDEVID_WITHOUT_ITS_INTERMEDIATE,
    IDEVID_OF_ANOTHER_LABELS_ANCHOR,
    UNKNOWN,
    SELF_SIGNED,
    EXPIRED_IDEVID,
    IDEVID_OF_TOMORROW,
    IDEVID_THAT_IS_AN_AUTHORITY,
    IDEVID_FOR_SERVERS,
    IDEVID_THAT_MAY_NOT_SIGN,
    IDEVID_WITH_UNKNOWN_CRITICAL_EXTENSION,
    SIGNED_BY_AN_IDEVID,
    OURS_CROSS_CERTIFIED
  }

  @ParameterizedTest
  @CsvSource({
    "NOTHING, 401, 401",
    "OURS, 200, 200",
    "IDEVID, 200, 403",
    "IDEVID_THROUGH_INTERMEDIATE, 200, 403",
    "IDEVID_WITHOUT_ITS_INTERMEDIATE, 401, 403",
    "IDEVID_OF_ANOTHER_LABELS_ANCHOR, 401, 403",
    "UNKNOWN, 401, 403",
    "SELF_SIGNED, 401, 403",
    "EXPIRED_IDEVID, 401, 403",
    "IDEVID_OF_TOMORROW, 401, 403",
    "IDEVID_THAT_IS_AN_AUTHORITY, 401, 403",
    "IDEVID_FOR_SERVERS, 401, 403",
    "IDEVID_THAT_MAY_NOT_SIGN, 401, 403",
    "IDEVID_WITH_UNKNOWN_CRITICAL_EXTENSION, 401, 403",
    "SIGNED_BY_AN_IDEVID, 401, 403",
    "OURS_CROSS_CERTIFIED, 401, 403"
  })
  @Tag("S2")
  @Tag("S3")
  @Tag("S10")
  @Tag("I4")
  void whatIsShownDecidesWhatItIsGoodFor(Shown shown, int enrollment, int reenrollment)
      throws Exception {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    if (shown == Shown.OURS) {
      key = ours("p1").key();
    } else {
      est.register("p1", TestProfiles.MADE);
    }
    var next = SoftwareKey.generate(KeyType.EC_P256);
    try (var client = client(shown, key)) {
      var renewal = client.post("made/simplereenroll", Requests.oneLine(Requests.of("p1", next)));
      var first = client.post("made/simpleenroll", Requests.oneLine(Requests.of("p1", next)));

      assertThat(renewal.status()).as(renewal.text()).isEqualTo(reenrollment);
      assertThat(first.status()).as(first.text()).isEqualTo(enrollment);
      assertThat(est.audited(AuditEvent.Issued.class).stream().filter(row -> row.contains("p1")))
          .hasSize(shown == Shown.OURS ? 2 : enrollment == 200 ? 1 : 0);
    }
  }

  private FakeDevice ours = FakeDevice.fresh("none");

  private FakeDevice ours(String id) throws Exception {
    var device = FakeDevice.fresh(id);
    var secret = est.register(id, TestProfiles.MADE);
    try (var client = EstClient.anonymous(est)) {
      device.install(
          client
              .post(
                  "made/simpleenroll",
                  Requests.oneLine(device.csr()),
                  "Authorization: " + EstFixture.basic(id, secret.text()))
              .certificate());
    }
    ours = device;
    return device;
  }

  private EstClient client(Shown shown, SoftwareKey key) throws Exception {
    var intermediate = maker.intermediate("Maker Line 1");
    var elsewhere = Manufacturer.root("Another Maker");
    est.anchor("sensor", elsewhere.certificate());
    var subject = new X500Name("SERIALNUMBER=p1");
    return switch (shown) {
      case NOTHING -> EstClient.anonymous(est);
      case OURS -> EstClient.of(est, ours);
      case IDEVID -> EstClient.presenting(est, key, maker.idevid("p1", key));
      case IDEVID_THROUGH_INTERMEDIATE ->
          EstClient.presenting(
              est, key, intermediate.idevid("p1", key), intermediate.certificate());
      case IDEVID_WITHOUT_ITS_INTERMEDIATE ->
          EstClient.presenting(est, key, intermediate.idevid("p1", key));
      case IDEVID_OF_ANOTHER_LABELS_ANCHOR ->
          EstClient.presenting(est, key, elsewhere.idevid("p1", key));
      case UNKNOWN -> EstClient.presenting(est, key, Manufacturer.root("Nobody").idevid("p1", key));
      case SELF_SIGNED ->
          EstClient.presenting(est, key, Strangers.selfSigned(FakeDevice.with("p1", key)));
      case EXPIRED_IDEVID ->
          presenting(subject, key, est.clock.instant().minusSeconds(1), Manufacturer.Extra.NONE);
      case IDEVID_OF_TOMORROW -> {
        est.clock.advance(Duration.between(est.clock.instant(), Manufacturer.MADE).minusDays(1));
        yield EstClient.presenting(est, key, maker.idevid("p1", key));
      }
      case IDEVID_THAT_IS_AN_AUTHORITY ->
          presenting(
              subject,
              key,
              Manufacturer.FOR_EVER,
              builder ->
                  builder.addExtension(
                      Extension.basicConstraints, true, new BasicConstraints(true)));
      case IDEVID_FOR_SERVERS ->
          presenting(
              subject,
              key,
              Manufacturer.FOR_EVER,
              Manufacturer.extendedUsage(KeyPurposeId.id_kp_serverAuth));
      case IDEVID_THAT_MAY_NOT_SIGN ->
          presenting(
              subject, key, Manufacturer.FOR_EVER, Manufacturer.usage(KeyUsage.keyAgreement));
      case IDEVID_WITH_UNKNOWN_CRITICAL_EXTENSION ->
          presenting(
              subject,
              key,
              Manufacturer.FOR_EVER,
              builder ->
                  builder.addExtension(
                      new org.bouncycastle.asn1.ASN1ObjectIdentifier("1.3.6.1.4.1.99999.1"),
                      true,
                      new byte[] {5, 0}));
      case SIGNED_BY_AN_IDEVID -> {
        var device = SoftwareKey.generate(KeyType.EC_P256);
        var idevid = maker.idevid("p9", device);
        var name = X500Name.getInstance(idevid.subject().der().toByteArray());
        var forger = new Manufacturer(name, device, idevid);
        yield EstClient.presenting(est, key, forger.idevid("p1", key), idevid);
      }
      case OURS_CROSS_CERTIFIED -> {
        // a certificate with a name like ours, under our authority, which the maker certified too
        var crossed = maker.certify(est.issuing);
        var name = X500Name.getInstance(est.issuing.subject().der().toByteArray());
        var asUs = new Manufacturer(name, est.issuingKey, crossed);
        yield EstClient.presenting(est, key, asUs.idevid("p1", key), crossed);
      }
    };
  }

  private EstClient presenting(
      X500Name subject, SoftwareKey key, Instant notAfter, Manufacturer.Extra extra)
      throws Exception {
    return EstClient.presenting(est, key, maker.idevid(subject, key, notAfter, extra));
  }

  @Test
  @Tag("I1")
  @Tag("I2")
  void theDeviceIsWhomTheIdevidSaysWhateverTheRequestSays() throws Exception {
    est.register("i2", TestProfiles.MADE);
    est.register("i2-other", TestProfiles.MADE);
    var idevid = SoftwareKey.generate(KeyType.EC_P384);
    var key = SoftwareKey.generate(KeyType.EC_P256);
    try (var client = EstClient.presenting(est, idevid, maker.idevid("i2", idevid))) {
      var issued =
          client
              .post("made/simpleenroll", Requests.oneLine(Requests.of("i2-other", key)))
              .certificate();

      assertThat(issued.subject().commonName()).contains("i2");
      assertThat(issued.publicKey()).isEqualTo(key.publicKey());
      assertThat(issued.notAfter()).isBefore(est.issuing.notAfter());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = KeyType.class,
      names = {"RSA_2048", "EC_P256", "EC_P384"})
  @Tag("I3")
  void idevidsOfTheSuitesOfTheStandardAreGood(KeyType type) throws Exception {
    est.register("i3", TestProfiles.MADE);
    var idevid = SoftwareKey.generate(type);
    var key = SoftwareKey.generate(KeyType.EC_P256);
    try (var client = EstClient.presenting(est, idevid, maker.idevid("i3", idevid))) {
      var answer = client.post("made/simpleenroll", Requests.oneLine(Requests.of("i3", key)));

      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "O=Maker | has not exactly one serialNumber attribute",
        "SERIALNUMBER=a1,SERIALNUMBER=a2 | has not exactly one serialNumber attribute",
        "CN=a1 | has not exactly one serialNumber attribute",
        "SERIALNUMBER=../a1 | names no device that could be one here",
        "SERIALNUMBER=never-seen | device:never-seen is not registered: nameplate device add",
      })
  @Tag("I2")
  void anIdevidThatNamesNoDeviceIsRefusedWithAReason(String subject, String reason)
      throws Exception {
    est.register("a1", TestProfiles.MADE);
    var key = SoftwareKey.generate(KeyType.EC_P256);
    try (var client =
        presenting(new X500Name(subject), key, Manufacturer.FOR_EVER, Manufacturer.Extra.NONE)) {
      var answer = client.post("made/simpleenroll", Requests.oneLine(Requests.of("a1", key)));

      assertThat(answer.status()).isIn(401, 403);
      assertThat(answer.text()).contains(reason);
      assertThat(est.audited(AuditEvent.Issuing.class)).noneMatch(row -> row.contains("idevid:"));
    }
  }

  @Test
  @Tag("I2")
  void whereTheLabelSaysSoADeviceIsRegisteredInTheSameGo() throws Exception {
    var idevid = SoftwareKey.generate(KeyType.EC_P256);
    var certificate = maker.idevid("found-1", idevid);
    var key = SoftwareKey.generate(KeyType.EC_P256);
    try (var client = EstClient.presenting(est, idevid, certificate)) {
      var lost = client.post("found/simpleenroll", Requests.oneLine(Requests.of("x", key)));
      var again = client.post("found/simpleenroll", Requests.oneLine(Requests.of("x", key)));

      assertThat(lost.certificate().subject().commonName()).contains("found-1");
      assertThat(again.text()).isEqualTo(lost.text());
      assertThat(est.audited(AuditEvent.OwnerRegistered.class))
          .filteredOn(row -> row.contains("found-1"))
          .singleElement()
          .asString()
          .contains("idevid:" + certificate.sha256());
      assertThat(est.audited(AuditEvent.Issuing.class).getLast())
          .contains("idevid:" + certificate.sha256());
    }
  }

  @Test
  @Tag("S12")
  void aSecondDeviceWithTheSameSerialNumberIsRefused() throws Exception {
    enrolled("twin");
    var copy = SoftwareKey.generate(KeyType.EC_P256);
    try (var client = EstClient.presenting(est, copy, maker.idevid("twin", copy))) {
      var answer =
          client.post(
              "found/simpleenroll",
              Requests.oneLine(Requests.of("twin", SoftwareKey.generate(KeyType.EC_P256))));

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).contains("two devices have one serial number");
    }
  }

  @Test
  @Tag("I4")
  void theKeyOfTheIdevidIsNotCertified() throws Exception {
    var idevid = SoftwareKey.generate(KeyType.EC_P256);
    try (var client = EstClient.presenting(est, idevid, maker.idevid("same", idevid))) {
      var answer = client.post("found/simpleenroll", Requests.oneLine(Requests.of("same", idevid)));

      assertThat(answer.status()).isEqualTo(409);
      assertThat(answer.text()).contains("this public key is an IDevID's");
    }
  }

  @Test
  @Tag("S3")
  void anAnchorCountsFromTheMomentInWhichItIsAddedToThatInWhichItIsRemoved() throws Exception {
    var other = Manufacturer.root("Late Maker");
    var idevid = SoftwareKey.generate(KeyType.EC_P256);
    try (var kept = EstClient.presenting(est, idevid, other.idevid("late", idevid))) {
      assertThat(asks(kept).status()).isEqualTo(403);
      est.anchor("found", other.certificate());
      assertThat(asks(kept).status()).isEqualTo(200);
      est.anchors().remove("found", other.certificate().sha256(), "test");
      var answer = asks(kept);
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).contains("neither a trust anchor here");
    }
    assertThat(est.audited(AuditEvent.AnchorRemoved.class)).hasSize(1);
  }

  private static EstClient.Answer asks(EstClient client) throws Exception {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    return client.post("found/simpleenroll", Requests.oneLine(Requests.of("late", key)));
  }

  @Test
  @Tag("S3")
  @Tag("I4")
  void ourOwnAuthoritiesAndWhatIsNoAuthorityCannotBeAnchors() throws Exception {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    for (var wrong : List.of(est.root, est.issuing, maker.idevid("x", key))) {
      assertThat(est.anchor("made", wrong)).isInstanceOf(TrustAnchors.Added.Refused.class);
    }
    assertThat(est.anchor("made", maker.certificate()))
        .isEqualTo(new TrustAnchors.Added.AlreadyThere());
  }

  @Test
  @Tag("S3")
  void anAnchorVouchesForTheSerialNumbersThatItWasAddedFor() throws Exception {
    var other = Manufacturer.root("Large Maker");
    est.anchors()
        .add("found", other.certificate(), Optional.of(new SerialPattern("AC7-*")), "test");
    assertThat(status(other, "AC7-0001")).isEqualTo(200);
    assertThat(status(other, "AC8-0001")).isEqualTo(403);
  }

  @Test
  @Tag("S2")
  void aPathLongerThanItsAuthoritiesAllowIsRefused() throws Exception {
    var line = maker.intermediate("Line", 0);
    var below = line.intermediate("Below");
    var key = SoftwareKey.generate(KeyType.EC_P256);
    try (var client =
        EstClient.presenting(
            est, key, below.idevid("deep", key), below.certificate(), line.certificate())) {
      var answer =
          client.post(
              "found/simpleenroll",
              Requests.oneLine(Requests.of("deep", SoftwareKey.generate(KeyType.EC_P256))));

      assertThat(answer.status()).isEqualTo(403);
    }
  }

  private int status(Manufacturer by, String serial) throws Exception {
    var idevid = SoftwareKey.generate(KeyType.EC_P256);
    try (var client = EstClient.presenting(est, idevid, by.idevid(serial, idevid))) {
      var key = SoftwareKey.generate(KeyType.EC_P256);
      return client.post("found/simpleenroll", Requests.oneLine(Requests.of(serial, key))).status();
    }
  }

  /// Enrolls with an IDevID under the label that registers by itself.
  private Certificate enrolled(String serial) throws Exception {
    var idevid = SoftwareKey.generate(KeyType.EC_P256);
    try (var client = EstClient.presenting(est, idevid, maker.idevid(serial, idevid))) {
      var key = SoftwareKey.generate(KeyType.EC_P256);
      return client
          .post("found/simpleenroll", Requests.oneLine(Requests.of(serial, key)))
          .certificate();
    }
  }

  @Test
  @Tag("I1")
  @Tag("S2")
  void opensslMakesTheManufacturerAndCurlEnrollsItsDevice(@TempDir Path folder) throws Exception {
    Files.writeString(
        folder.resolve("ca.cnf"),
        """
        [ca]
        basicConstraints = critical,CA:TRUE
        keyUsage = critical,keyCertSign,cRLSign
        subjectKeyIdentifier = hash
        [device]
        basicConstraints = CA:FALSE
        keyUsage = critical,digitalSignature
        authorityKeyIdentifier = keyid
        subjectAltName = otherName:1.3.6.1.5.5.7.8.4;SEQUENCE:module
        [module]
        type = OID:1.3.6.1.4.1.99999.7
        serial = FORMAT:ASCII,OCTETSTRING:PX-77
        """);
    openssl(folder, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out root.key");
    openssl(
        folder,
        "req -x509 -new -key root.key -subj /O=Maker/CN=Real_Root -days 7300 -config ca.cnf"
            + " -extensions ca -out root.pem");
    for (var each : List.of("line", "px")) {
      openssl(
          folder, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out " + each + ".key");
    }
    openssl(
        folder, "req -new -key line.key -subj /O=Maker/CN=Real_Line -config ca.cnf -out line.csr");
    openssl(
        folder,
        "x509 -req -in line.csr -CA root.pem -CAkey root.key -CAcreateserial -days 3650"
            + " -extfile ca.cnf -extensions ca -out line.pem");
    openssl(
        folder,
        "req -new -key px.key -subj /O=Maker/serialNumber=PX-77 -config ca.cnf -out px.csr");
    openssl(
        folder,
        "x509 -req -in px.csr -CA line.pem -CAkey line.key -CAcreateserial -days 2900000"
            + " -extfile ca.cnf -extensions device -out px.pem");
    est.anchor(
        "found", Pem.decodeCertificates(Files.readString(folder.resolve("root.pem"))).getFirst());
    Files.writeString(
        folder.resolve("chain.pem"),
        Files.readString(folder.resolve("px.pem")) + Files.readString(folder.resolve("line.pem")));
    Files.writeString(folder.resolve("trust.pem"), Pem.encode(est.root));
    var key = SoftwareKey.generate(KeyType.EC_P256);
    Files.write(folder.resolve("csr.b64"), Requests.wrapped(Requests.of("whatever", key)));

    // what openssl made begins now, and the server's clock stands still
    est.clock.advance(Duration.ofMinutes(1));
    for (var operation : List.of("simplereenroll", "simpleenroll")) {
      Tool.CURL
          .run(
              folder,
              "-s",
              "-o",
              operation,
              "--cacert",
              "trust.pem",
              "--cert",
              "chain.pem",
              "--key",
              "px.key",
              "-H",
              "Content-Type: application/pkcs10",
              "--data-binary",
              "@csr.b64",
              "https://localhost:" + est.port() + "/.well-known/est/found/" + operation)
          .ok();
    }

    assertThat(Files.readString(folder.resolve("simplereenroll")))
        .isEqualTo("Refused: the client certificate was not issued here.\n");
    var answer = Files.readString(folder.resolve("simpleenroll"));
    assertThat(answer).startsWith("MI");
    assertThat(
            CertsOnly.decode(Base64.getMimeDecoder().decode(answer))
                .getFirst()
                .subject()
                .commonName())
        .contains("PX-77");
    assertThat(est.store.find(new DeviceId("PX-77").owner())).isPresent();
  }

  private static void openssl(Path folder, String arguments) {
    Tool.OPENSSL.run(folder, arguments.split(" ")).ok();
  }
}
