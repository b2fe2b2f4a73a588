package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.CsrAttribute;
import dev.nameplate.ca.x509.CsrAttributes;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.MalformedCertificateException;
import dev.nameplate.ca.x509.MalformedCrlException;
import dev.nameplate.ca.x509.MalformedCsrAttributesException;
import dev.nameplate.ca.x509.MalformedCsrException;
import dev.nameplate.ca.x509.MalformedDerException;
import dev.nameplate.ca.x509.Pem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Throws spoiled input at everything that reads what a stranger sent: each reader either takes it
/// or says in the one way it declares that it does not.
@Tag("U9")
final class FuzzTest {

  /// The same key in each run, of a type whose signatures are always the same, too.
  private static final SoftwareKey KEY =
      ed25519("302e020100300506032b657004220420" + "17".repeat(32));

  private static EstFixture est;

  @BeforeAll
  static void start() {
    est = EstFixture.start();
  }

  @AfterAll
  static void stop() {
    est.close();
  }

  @Test
  void structureCheckTakesAnyBytes() {
    var seeds = new ArrayList<>(requests());
    seeds.addAll(corpus("certificates.pem", "CERTIFICATE"));
    new Fuzzing("structure", seeds).run(20_000, Der::checkStructure, MalformedDerException.class);
  }

  @Test
  void requestsAreReadOrRefused() {
    new Fuzzing("csr", requests()).run(4_000, FuzzTest::readRequest, MalformedCsrException.class);
  }

  @Test
  void requestsThatAreSignedAfterTheyWereSpoiledAreReadOrRefused() {
    new Fuzzing("signed csr", contents())
        .run(4_000, content -> readRequest(signed(content)), MalformedCsrException.class);
  }

  @Test
  void bodiesAreReadOrRefused() {
    var seeds = new ArrayList<byte[]>();
    for (var request : requests()) {
      seeds.add(Requests.oneLine(request));
      seeds.add(Requests.wrapped(request));
      seeds.add(Pem.encode("CERTIFICATE REQUEST", request).getBytes(US_ASCII));
    }
    new Fuzzing("body", seeds)
        .run(
            10_000,
            body -> {
              var posted = Base64Body.read(new ByteArrayInputStream(body), body.length);
              posted.lines();
              posted.der();
            },
            UnreadableBodyException.class);
  }

  @Test
  void answersWithCertificatesAreReadOrRefused() {
    var certificates = corpus("certificates.pem", "CERTIFICATE").stream().map(FuzzTest::parsed);
    var message = CertsOnly.encode(certificates.toList()).toByteArray();
    new Fuzzing("certs-only", List.of(message))
        .run(1_500, CertsOnly::decode, MalformedCertsOnlyException.class);
  }

  @Test
  void answersWithAttributesAreReadOrRefused() {
    var seeds =
        List.of(
            ExpectedRequest.of(TestProfiles.DEVICE).der().toByteArray(),
            ExpectedRequest.of(TestProfiles.SENSOR).der().toByteArray());
    new Fuzzing("csrattrs", seeds)
        .run(
            8_000,
            encoded -> {
              var attributes = CsrAttributes.parse(encoded);
              attributes.template();
              assertThat(CsrAttributes.parse(attributes.der().toByteArray())).isEqualTo(attributes);
            },
            MalformedCsrAttributesException.class);
  }

  @Test
  void certificatesAreReadOrRefused() {
    new Fuzzing("certificate", corpus("certificates.pem", "CERTIFICATE"))
        .run(
            3_000,
            encoded -> {
              var certificate = Certificate.parse(encoded);
              assertThat(certificate.toString()).isNotEmpty();
              certificate.isSignedBy(certificate.publicKey());
            },
            MalformedCertificateException.class);
  }

  @Test
  void crlsAreReadOrRefused() {
    new Fuzzing("crl", corpus("crls.pem", "X509 CRL"))
        .run(5_000, Crl::parse, MalformedCrlException.class);
  }

  @Test
  void whoeverShowsACertificateIsLetInOrRefused() {
    var trust = new AnyClientCertificate();
    new Fuzzing("client certificate", corpus("certificates.pem", "CERTIFICATE"))
        .run(
            3_000,
            encoded -> {
              var shown = asTlsReadsIt(encoded);
              trust.checkClientTrusted(new X509Certificate[] {shown}, "ECDHE_ECDSA");
              Peer.presented(List.of(shown));
            },
            CertificateException.class);
  }

  @Test
  void aStrangersCertificateIsRefusedByEachRequest() {
    var request = requests().getFirst();
    new Fuzzing("stranger", corpus("certificates.pem", "CERTIFICATE"))
        .run(
            2_000,
            encoded -> {
              var peer = shows(Der.of(encoded));
              for (var purpose : Purpose.values()) {
                assertRefused(est.operations().enroll("device", peer, () -> request, purpose));
              }
            },
            UnreadableBodyException.class);
  }

  /// What CoAP carries: the request itself.
  @Test
  void payloadsAreCertifiedOrRefused() throws Exception {
    var shown = est.enrolled("pump-0017").certificate().der();
    var peer = shows(shown);
    new Fuzzing("payload", contents())
        .run(
            800,
            content -> {
              var outcome =
                  est.operations().enroll("device", peer, () -> signed(content), Purpose.ENROLL);
              if (!(outcome instanceof Outcome.Issued)) {
                assertRefused(outcome);
              }
            },
            UnreadableBodyException.class);
  }

  @Test
  void nothingThatIsPostedIsOurFault() throws Exception {
    var device = est.enrolled("pump-0018");
    var bodies = new ArrayList<byte[]>();
    requests().forEach(request -> bodies.add(Requests.oneLine(request)));
    bodies.add(Requests.wrapped(Requests.of("pump-0018", device.rekeyed().key())));
    try (var client = EstClient.of(est, device)) {
      new Fuzzing("posted", bodies)
          .run(
              400,
              body ->
                  assertThat(client.post("simpleenroll", body).status()).isIn(200, 400, 403, 409));
    }
  }

  @Test
  void nothingThatIsAskedIsOurFault() {
    var body = new String(Requests.oneLine(requests().getFirst()), ISO_8859_1);
    var asked =
        "POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Type: application/pkcs10\r\nContent-Length: "
            + body.length()
            + "\r\nAuthorization: Basic cHVtcDpzZWNyZXQ=\r\nConnection: close\r\n\r\n"
            + body;
    var chunked =
        String.join(
            "\r\n",
            "POST /.well-known/est/device/simplereenroll HTTP/1.1",
            "Host: localhost",
            "Content-Type: application/pkcs10",
            "Transfer-Encoding: chunked",
            "Connection: close",
            "",
            "5",
            "MIIBA",
            "0",
            "",
            "");
    new Fuzzing("asked", List.of(asked.getBytes(ISO_8859_1), chunked.getBytes(ISO_8859_1)))
        .run(
            200,
            bytes -> {
              try (var client = EstClient.anonymous(est)) {
                assertThat(client.lastWords(bytes)).doesNotContain("HTTP/1.1 500");
              }
            });
  }

  /// What TLS cannot read ends the handshake, whatever it throws: JDK 25 stumbles over the index of
  /// the last octet of an Ed25519 key that has none.
  private static X509Certificate asTlsReadsIt(byte[] encoded) throws CertificateException {
    try {
      var factory = CertificateFactory.getInstance("X.509");
      return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(encoded));
    } catch (ArrayIndexOutOfBoundsException stumbled) {
      throw new CertificateException(stumbled);
    }
  }

  /// Somebody who shows this certificate and nothing else.
  private static Peer shows(Der certificate) {
    return new Peer(Origin.INTERNAL, List.of(certificate), Optional.empty(), Optional::empty);
  }

  private static void assertRefused(Outcome outcome) {
    switch (outcome) {
      case Outcome.Refused(var status, var sentence, _) ->
          assertThat(status).as(sentence).isBetween(400, 499);
      case Outcome.Unauthenticated _ -> {
        // asked for a credential
      }
      default -> throw new AssertionError("let in: " + outcome);
    }
  }

  private static void readRequest(byte[] encoded) throws MalformedCsrException {
    var csr = Csr.parse(encoded);
    assertThat(csr.subject().toString()).isNotNull();
    csr.subjectAltName();
    csr.requestedExtensions().forEach(csr::requestedExtension);
    csr.challengePassword();
    csr.changeSubjectName();
    csr.decryptKeyIdentifier();
    csr.smimeCapabilities();
  }

  private static List<byte[]> requests() {
    return corpus("requests.pem", "CERTIFICATE REQUEST");
  }

  /// What is signed in a request: of a device, of a greedy one, and of one that links itself.
  private static List<byte[]> contents() {
    var plain = Requests.of("pump-0017", KEY);
    var rich = Requests.greedy("pump-0017", KEY);
    var linked =
        Requests.with(
            FakeDevice.with("pump-0017", KEY), new CsrAttribute.ChallengePassword("dGxz"));
    return Stream.of(plain, rich, linked).map(FuzzTest::content).toList();
  }

  /// The first value within the outermost.
  private static byte[] content(byte[] request) {
    int at = 2 + ((request[1] & 0x80) == 0 ? 0 : request[1] & 0x7f);
    int octets = (request[at + 1] & 0x80) == 0 ? 0 : request[at + 1] & 0x7f;
    int length = octets == 0 ? request[at + 1] : 0;
    for (int i = 0; i < octets; i++) {
      length = (length << 8) | (request[at + 2 + i] & 0xff);
    }
    return Arrays.copyOfRange(request, at, at + 2 + octets + length);
  }

  private static byte[] signed(byte[] content) {
    var ed25519 = HexFormat.of().parseHex("300506032b6570");
    var signature = Mutations.value(0x03, new byte[] {0}, KEY.sign(content));
    return Mutations.value(0x30, content, ed25519, signature);
  }

  private static Certificate parsed(byte[] der) {
    try {
      return Certificate.parse(der);
    } catch (MalformedCertificateException ours) {
      throw new IllegalStateException(ours);
    }
  }

  private static List<byte[]> corpus(String file, String label) {
    try (var in = FuzzTest.class.getResourceAsStream("fuzz/" + file)) {
      return Pem.blocks(new String(in.readAllBytes(), US_ASCII), label);
    } catch (IOException broken) {
      throw new IllegalStateException(broken);
    }
  }

  private static SoftwareKey ed25519(String pkcs8) {
    try {
      return SoftwareKey.fromPem(Pem.encode("PRIVATE KEY", HexFormat.of().parseHex(pkcs8)));
    } catch (Exception ours) {
      throw new IllegalStateException(ours);
    }
  }
}
