package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.server.RunningServer.Identity;
import dev.nameplate.server.TlsTalk.Question;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// After its retirement a device gets no certificate on any way into a whole server: not by its
/// name, its key, its manufacturer, a secret or its certificate, over no operation, connection or
/// transport, and for nothing that waited. Each way is shown to be open before, and each refusal is
/// in the audit log.
@Tag("A1")
@Tag("A5")
class RetiredDeviceTest {

  private static final Instant MADE = Instant.parse("2025-01-01T00:00:00Z");

  private static final TestAuthority MAKER =
      TestAuthority.root("Maker Root", KeyType.EC_P256, MADE.minus(Duration.ofDays(1)));

  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private static RunningServer server;

  @TempDir private Path folder;

  private final String device = "device-" + NUMBERS.incrementAndGet();

  private int issued;

  enum Operation {
    SIMPLEENROLL,
    SIMPLEREENROLL,
    SERVERKEYGEN,
    FULLCMC
  }

  enum Connection {
    NEW,
    KEPT_OPEN,
    RESUMED_TLS_1_2,
    RESUMED_TLS_1_3
  }

  @BeforeAll
  static void start() throws Exception {
    // one person retires them all
    var first = RunningServer.start(of -> of + "\nretirement:\n  four_eyes_above: 1000\n");
    var profiles = first.dir.resolve("profiles");
    var made =
        Files.readString(profiles.resolve("device.yaml"))
            .replace("name: device", "name: made")
            .replace("server_keygen: off", "server_keygen: plain")
            .replace(
                "credentials: [secret, certificate]",
                "credentials: [secret, certificate, manufacturer, station], idevid: common-name,"
                    + " register: automatically");
    Files.writeString(profiles.resolve("made.yaml"), made);
    Files.writeString(
        profiles.resolve("guarded.yaml"),
        made.replace("name: made", "name: guarded").replace("approval: false", "approval: true"));
    var settings = first.dir.resolve(SettingsFile.NAME);
    Files.writeString(
        settings,
        Files.readString(settings)
            .replaceFirst("# coap: .*", "coap: {bind: \"127.0.0.1\", port: 0}"));
    server = first.restarted();
    for (var label : List.of("made", "guarded")) {
      var anchor =
          "{\"pem\":\"%s\",\"serials\":\"*\"}"
              .formatted(Pem.encode(MAKER.certificate()).replace("\n", "\\n"));
      assertThat(server.post("/labels/" + label + "/anchors", anchor).status()).isEqualTo(201);
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void writeTrust() throws Exception {
    Files.copy(server.made.trust(), folder.resolve("trust.pem"));
  }

  static Stream<Arguments> operationsAndConnections() {
    return Stream.of(Operation.values())
        .flatMap(operation ->
            Stream.of(Connection.values()).map(connection -> Arguments.of(operation, connection)));
  }

  @ParameterizedTest(name = "{0} over {1}")
  @MethodSource("operationsAndConnections")
  void itsCertificateOpensNoOperationOverAnyConnection(Operation operation, Connection connection)
      throws Exception {
    var identity = enrolled("made");
    try (var talk = talk(connection, identity)) {
      var open = talk.ask(question(operation, identity));
      assertThat(open.status()).as(open.body()).isEqualTo(200);

      retire();

      var answer = talk.ask(question(operation, identity));
      assertThat(answer.status()).as(answer.body()).isEqualTo(403);
      if (operation != Operation.FULLCMC) {
        assertThat(answer.body()).startsWith("Refused: device:" + device + " is retired");
      }
      refusedWithoutACertificate(device, 1);
    }
  }

  @Test
  void itsNameIsNotGivenAgainNorASecretForIt() throws Exception {
    enrolled("made");
    retire();

    var again = "{\"id\":\"" + device + "\",\"profile\":\"made\"}";
    assertThat(server.post("/devices", again).status()).isEqualTo(409);
    assertThat(server.post("/devices/" + device + "/secrets", "{}").status()).isEqualTo(409);
    assertThat(certificates()).isEqualTo(issued);
  }

  @Test
  void itsOldIdevidOpensNothing() throws Exception {
    var idevid = idevid(device);
    assertThat(byIdentity(idevid, "made/simpleenroll", freshKey())).isEqualTo(200);
    retire();

    assertThat(byIdentity(idevid, "made/simpleenroll", freshKey())).isEqualTo(403);
    refusedWithoutACertificate(device, 1);
  }

  @Test
  void anotherIdevidWithItsNameOpensNothing() throws Exception {
    assertThat(byIdentity(idevid(device), "made/simpleenroll", freshKey())).isEqualTo(200);
    retire();

    assertThat(byIdentity(idevid(device), "made/simpleenroll", freshKey())).isEqualTo(403);
    refusedWithoutACertificate(device, 1);
  }

  @Test
  void itsOldIdevidUnderTheNameOfAnotherDeviceOpensNothing() throws Exception {
    var idevid = idevid(device);
    assertThat(byIdentity(idevid, "made/simpleenroll", freshKey())).isEqualTo(200);
    retire();

    var other = device + "-other";
    registered(other, "made");
    var key = freshKey();
    var answer =
        server.enroll("made/simpleenroll", Optional.of(idevid), other, Optional.empty(), key);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
    refusedWithoutACertificate(device, 1);
  }

  @Test
  void itsKeyIsRefusedUnderANewName() throws Exception {
    var identity = enrolled("made");
    retire();
    var thief = device + "-thief";
    var secret = registered(thief, "made");

    var answer =
        server.enroll(
            "made/simpleenroll", Optional.empty(), thief, Optional.of(secret), identity.key());

    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains("this public key was retired");
    refusedWithoutACertificate(thief, 1);
  }

  @Test
  void anUnusedSecretOpensNothing() throws Exception {
    var secret = registered(device, "made");
    retire();

    assertThat(bySecret(secret, freshKey())).isEqualTo(403);
    assertThat(bySecret(secret, freshKey())).isEqualTo(403);
    refusedWithoutACertificate(device, 2);
  }

  @Test
  void theSecretThatItSpentDoesNotGetItsOldAnswerAgain() throws Exception {
    var secret = registered(device, "made");
    var key = freshKey();
    assertThat(bySecret(secret, key)).isEqualTo(200);
    assertThat(bySecret(secret, key)).as("the same again").isEqualTo(200);
    retire();

    assertThat(bySecret(secret, key)).isEqualTo(403);
    refusedWithoutACertificate(device, 1);
  }

  @Test
  void noCertificateThatItEverHadOpensAnything() throws Exception {
    var all = new ArrayList<Identity>();
    all.add(enrolled("made"));
    for (int renewal = 0; renewal < 3; renewal++) {
      var key = freshKey();
      var renewed =
          server.enroll(
              "made/simplereenroll", Optional.of(all.getLast()), device, Optional.empty(), key);
      assertThat(renewed.statusCode()).isEqualTo(200);
      all.add(server.identity(key, renewed));
    }
    retire();

    for (var each : all) {
      assertThat(byIdentity(each, "made/simplereenroll", freshKey())).isEqualTo(403);
    }
    refusedWithoutACertificate(device, all.size());
  }

  @Test
  void noStationEnrollsIt() throws Exception {
    var station = station();
    assertThat(byIdentity(station, "made/simpleenroll", freshKey())).isEqualTo(200);
    retire();

    assertThat(byIdentity(station, "made/simpleenroll", freshKey())).isEqualTo(403);
    refusedWithoutACertificate(device, 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sen", "sren", "skg"})
  void nothingIsEnrolledOverCoap(String operation) throws Exception {
    var identity = enrolled("made");
    Files.write(folder.resolve("csr.der"), csr(device, freshKey()));
    assertThat(coap(identity, operation)).isTrue();
    retire();

    assertThat(coap(identity, operation)).isFalse();
    refusedWithoutACertificate(device, 1);
  }

  @Test
  void whatWaitedForAnApprovalIsOver() throws Exception {
    var secret = registered(device, "guarded");
    var key = freshKey();
    assertThat(queued(secret, key)).isEqualTo(202);
    var request =
        "/requests/" + server.get("/requests?device=" + device).body().at("/items/0/id").asText();
    retire();

    assertThat(server.ask(server.admin(), "POST", request + "/approve", "").status())
        .isEqualTo(409);
    assertThat(queued(secret, key)).isEqualTo(403);
    refusedWithoutACertificate(device, 1);
  }

  @Test
  void whatWasApprovedAndNotFetchedIsOver() throws Exception {
    var secret = registered(device, "guarded");
    var key = freshKey();
    assertThat(queued(secret, key)).isEqualTo(202);
    var request =
        "/requests/" + server.get("/requests?device=" + device).body().at("/items/0/id").asText();
    assertThat(server.ask(server.admin(), "POST", request + "/approve", "").status())
        .isEqualTo(200);
    retire();

    assertThat(queued(secret, key)).isEqualTo(403);
    refusedWithoutACertificate(device, 1);
  }

  private static String registered(String id, String profile) throws Exception {
    var answer = server.post("/devices", "{\"id\":\"" + id + "\",\"profile\":\"" + profile + "\"}");
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(201);
    return answer.body().at("/secret/text").asText();
  }

  /// The device, with a first certificate.
  private Identity enrolled(String label) throws Exception {
    var secret = registered(device, label);
    var key = freshKey();
    var answer =
        server.enroll(label + "/simpleenroll", Optional.empty(), device, Optional.of(secret), key);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return server.identity(key, answer);
  }

  private Identity station() throws Exception {
    var id = "line-" + device;
    var added = server.post("/stations", "{\"id\":\"" + id + "\",\"labels\":[\"made\"]}");
    assertThat(added.status()).as(added.body().toString()).isEqualTo(201);
    var key = freshKey();
    var secret = Optional.of(added.body().at("/secret/text").asText());
    return server.identity(
        key, server.enroll("station/simpleenroll", Optional.empty(), id, secret, key));
  }

  private static Identity idevid(String name) {
    var key = freshKey();
    return new Identity(
        key,
        List.of(
            MAKER.issue(
                TestAuthority.Use.DEVICE,
                name,
                key.publicKey(),
                new SerialNumber(BigInteger.valueOf(NUMBERS.incrementAndGet())),
                MADE.minusSeconds(60),
                MADE.plus(Duration.ofDays(36500)))));
  }

  private void retire() throws Exception {
    var answer = server.post("/devices/" + device + "/retire", "{\"reason\":\"keyCompromise\"}");
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
    issued = certificates();
  }

  /// Since the retirement.
  private void refusedWithoutACertificate(String who, int times) throws Exception {
    assertThat(certificates()).as("certificates of anybody").isEqualTo(issued);
    assertThat(server.get("/audit?subject=device:" + who + "&limit=1000").body().get("items"))
        .filteredOn(row -> row.get("kind").asText().equals("Refused"))
        .as("refusals in the audit log")
        .hasSize(times);
  }

  private static int certificates() throws Exception {
    return server.get("/certificates?limit=1000").body().get("items").size();
  }

  private int bySecret(String secret, SoftwareKey key) throws Exception {
    return server
        .enroll("made/simpleenroll", Optional.empty(), device, Optional.of(secret), key)
        .statusCode();
  }

  private int queued(String secret, SoftwareKey key) throws Exception {
    return server
        .enroll("guarded/simpleenroll", Optional.empty(), device, Optional.of(secret), key)
        .statusCode();
  }

  private int byIdentity(Identity as, String operation, SoftwareKey key) throws Exception {
    return server.enroll(operation, Optional.of(as), device, Optional.empty(), key).statusCode();
  }

  private TlsTalk talk(Connection connection, Identity as) throws Exception {
    var url = server.nameplate.estUrl();
    return switch (connection) {
      case NEW -> TlsTalk.fresh(server, url, Optional.of(as));
      case KEPT_OPEN -> TlsTalk.kept(server, url, Optional.of(as));
      case RESUMED_TLS_1_2 -> TlsTalk.resumed(server, url, as, "-tls1_2", folder);
      case RESUMED_TLS_1_3 -> TlsTalk.resumed(server, url, as, "-tls1_3", folder);
    };
  }

  private Question question(Operation operation, Identity as) throws Exception {
    var csr = csr(device, freshKey());
    var body = operation == Operation.FULLCMC ? signed(pkiData(csr), as) : csr;
    var type =
        operation == Operation.FULLCMC
            ? "application/pkcs7-mime; smime-type=CMC-request"
            : "application/pkcs10";
    return new Question(
        "POST /.well-known/est/made/"
            + operation.name().toLowerCase(Locale.ROOT)
            + " HTTP/1.1\r\nContent-Type: "
            + type
            + "\r\n",
        Base64.getEncoder().encodeToString(body));
  }

  private byte[] signed(byte[] pkiData, Identity as) throws Exception {
    Files.write(folder.resolve("pkidata.der"), pkiData);
    Files.writeString(folder.resolve("signer.key"), as.key().toPem());
    Files.writeString(folder.resolve("signer.pem"), Pem.encode(as.certificate()));
    Tool.OPENSSL
        .run(
            folder,
            ("cms -sign -binary -nodetach -econtent_type 1.3.6.1.5.5.7.12.2 -signer signer.pem"
                    + " -inkey signer.key -in pkidata.der -outform DER -out signed.der")
                .split(" ", -1))
        .ok();
    return Files.readAllBytes(folder.resolve("signed.der"));
  }

  /// RFC 5272 section 3.2.1, with one request: `tcr [0] { bodyPartID 1, PKCS#10 }`.
  private static byte[] pkiData(byte[] csr) {
    var none = tlv(0x30);
    return tlv(0x30, none, tlv(0x30, tlv(0xa0, new byte[] {2, 1, 1}, csr)), none, none);
  }

  private static byte[] tlv(int tag, byte[]... parts) {
    var content = new ByteArrayOutputStream();
    for (var part : parts) {
      content.writeBytes(part);
    }
    var whole = new ByteArrayOutputStream();
    whole.write(tag);
    if (content.size() > 0xff) {
      whole.writeBytes(new byte[] {(byte) 0x82, (byte) (content.size() >> 8)});
    } else if (content.size() > 0x7f) {
      whole.write(0x81);
    }
    whole.write(content.size());
    whole.writeBytes(content.toByteArray());
    return whole.toByteArray();
  }

  /// Whether libcoap got an answer with something in it, over a new DTLS connection.
  private boolean coap(Identity as, String operation) throws Exception {
    Files.writeString(folder.resolve("device.key"), as.key().toPem());
    Files.writeString(folder.resolve("device.pem"), Pem.encode(as.certificate()));
    Tool.OPENSSL.run(folder, "ec", "-in", "device.key", "-out", "sec1.key").ok();
    // the root alone: libcoap takes one certificate here
    Tool.OPENSSL.run(folder, "x509", "-in", "trust.pem", "-out", "root.pem").ok();
    var answer = folder.resolve("answer");
    Files.deleteIfExists(answer);
    var url = URI.create(server.nameplate.coapUrl().orElseThrow() + "/.well-known/est/made/");
    var arguments =
        ("-B 20 -m post -t 286 -b 256 -c device.pem -j sec1.key -C root.pem -f csr.der -o answer "
                + url.resolve(operation))
            .split(" ", -1);
    var result = new Tool("coap-client-openssl", "libcoap3-bin").run(folder, arguments);
    boolean refused = result.output().contains("4.03");
    assertThat(refused || Files.exists(answer)).as(result.output()).isTrue();
    return !refused && Files.size(answer) > 0;
  }

  private static byte[] csr(String name, SoftwareKey key) {
    return Csr.sign(
            DistinguishedName.ofCommonName(name), key.publicKey(), key.algorithm(), key::sign)
        .toByteArray();
  }

  private static SoftwareKey freshKey() {
    return SoftwareKey.generate(KeyType.EC_P256);
  }
}
