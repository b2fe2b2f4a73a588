package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.RevocationReason;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.californium.core.coap.CoAP;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.MessageObserverAdapter;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.elements.DtlsEndpointContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// EST over CoAPs, RFC 9148: the numbers of the classes are its sections.
final class Rfc9148Test {

  private static final String EST = "/.well-known/est/";

  @TempDir private Path folder;

  private final EstFixture est = EstFixture.start();
  private CoapFixture coap;
  private FakeDevice pump;

  @BeforeEach
  void enroll() throws Exception {
    coap = CoapFixture.over(est);
    pump = est.enrolled("pump-0017");
    Pems.write(folder, est, pump);
  }

  @AfterEach
  void stop() {
    coap.close();
    est.close();
  }

  @Nested
  @Tag("D1")
  class Section3 {

    @Test
    void theCipherSuiteThatEverybodyHasIsSpokenWithConnectionIds() throws Exception {
      try (var client = coap.client(pump)) {
        var response = client.send(Request.newGet(), EST + "crts");

        var context = response.advanced().getSourceContext();
        assertThat(context.getString(DtlsEndpointContext.KEY_CIPHER))
            .isEqualTo("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8");
        assertThat(context.get(DtlsEndpointContext.KEY_WRITE_CONNECTION_ID).length()).isEqualTo(6);
      }
    }

    @Test
    void aSmallDeviceThatKnowsOnlyP256AndSha256IsShownWhatItCanRead() throws Exception {
      try (var client = coap.smallClient(pump)) {
        assertThat(client.send(Request.newGet(), EST + "crts").getCode())
            .isEqualTo(ResponseCode.CONTENT);
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"coap-client-openssl", "coap-client-gnutls"})
    void aClientWithoutACertificateGetsNoConnection(String program) {
      var result =
          new Tool(program, "libcoap3-bin")
              .run(folder, "-B", "3", "-C", "root.pem", "-o", "no.p7", coap.url(EST + "crts"));

      assertThat(folder.resolve("no.p7")).doesNotExist();
      assertThat(result.output()).isNotBlank();
    }
  }

  @Nested
  @Tag("D2")
  class Section41 {

    @ParameterizedTest
    @ValueSource(strings = {"coap-client-openssl", "coap-client-gnutls"})
    void clientsOfOthersFetchTheAuthoritiesEnrollAndRenewInBlocksOf64Bytes(String program)
        throws Exception {
      libcoap(program, "crts.p7", "-m", "get", "-A", "281", coap.url(EST + "crts"));
      libcoap(program, "att.der", "-m", "get", coap.url(EST + "att"));
      Tool.OPENSSL.run(folder, "asn1parse", "-inform", "DER", "-in", "att.der").ok();
      assertThat(read("crts.p7")).containsExactlyInAnyOrder(est.root, est.issuing);

      var next = pump.rekeyed();
      Files.write(folder.resolve("csr.der"), next.csr());
      libcoap(
          program,
          "sren.p7",
          "-m",
          "post",
          "-t",
          "286",
          "-A",
          "281",
          "-b",
          "64",
          "-f",
          "csr.der",
          coap.url(EST + "sren"));
      next.install(read("sren.p7").getFirst());
      assertThat(next.certificate().publicKey()).isEqualTo(next.key().publicKey());

      Pems.write(folder, est, next);
      Files.write(folder.resolve("csr.der"), next.csr());
      libcoap(
          program,
          "sen.der",
          "-m",
          "post",
          "-t",
          "286",
          "-A",
          "287",
          "-b",
          "64",
          "-f",
          "csr.der",
          coap.url(EST + "device/sen"));
      var enrolled = Certificate.parse(Files.readAllBytes(folder.resolve("sen.der")));
      assertThat(enrolled.publicKey()).isEqualTo(next.key().publicKey());
      Tool.OPENSSL
          .run(folder, "verify", "-CAfile", "root.pem", "-untrusted", "issuing.pem", "device.pem")
          .ok();
    }

    @ParameterizedTest
    @ValueSource(strings = {"fullcmc", "nosuch/crts", "crts/more", "cacerts", "simpleenroll"})
    void notOfferedIsFourOhFour(String path) throws Exception {
      try (var client = coap.client(pump)) {
        assertThat(client.send(Request.newGet(), EST + path).getCode())
            .isEqualTo(ResponseCode.NOT_FOUND);
      }
    }
  }

  @Nested
  @Tag("D3")
  class Section42 {

    @Test
    void discoveryListsWhatIsThereWithItsContentFormats() throws Exception {
      try (var client = coap.client(pump)) {
        var links = client.send(Request.newGet(), "/.well-known/core?rt=ace.est*");

        assertThat(links.getResponseText())
            .contains("</.well-known/est/crts>;ct=281;rt=\"ace.est.crts\"")
            .contains("</.well-known/est/skg>;ct=62;rt=\"ace.est.skg\"")
            .contains("</.well-known/est/skc>;ct=62;rt=\"ace.est.skc\"")
            .contains("</.well-known/est/sen>;ct=\"281 287\";rt=\"ace.est.sen\"")
            .contains("</.well-known/est/att>;ct=285;rt=\"ace.est.att\"")
            .contains("</.well-known/est/sren>;ct=\"281 287\";rt=\"ace.est.sren\"")
            .doesNotContain("sensor");
      }
    }
  }

  @Nested
  @Tag("D4")
  class Section43 {

    @Test
    void whoAcceptsNothingInParticularGetsCertsOnlyInBinary() throws Exception {
      try (var client = coap.client(pump)) {
        var response = client.post(EST + "sren", pump.rekeyed().csr(), 286);

        assertThat(response.getCode()).isEqualTo(ResponseCode.CHANGED);
        assertThat(response.getOptions().getContentFormat()).isEqualTo(281);
        assertThat(CoapFixture.certificates(response)).hasSize(1);
      }
    }

    @Test
    void aBareCertificateIsThereForWhoAcceptsIt() throws Exception {
      try (var client = coap.client(pump)) {
        var request = Request.newPost();
        request.setPayload(pump.rekeyed().csr());
        request.getOptions().setContentFormat(286).setAccept(287);
        var response = client.send(request, EST + "sren");

        assertThat(response.getOptions().getContentFormat()).isEqualTo(287);
        assertThat(Certificate.parse(response.getPayload()).subject())
            .isEqualTo(pump.certificate().subject());
      }
    }

    @ParameterizedTest
    @CsvSource({"crts, 287", "att, 281", "crts, 50", "sren, 50", "sen, 0"})
    void anotherFormatIsNotAcceptable(String function, int accept) throws Exception {
      try (var client = coap.client(pump)) {
        var request = reads(function) ? Request.newGet() : Request.newPost();
        if (!reads(function)) {
          request.setPayload(pump.csr());
          request.getOptions().setContentFormat(286);
        }
        request.getOptions().setAccept(accept);

        assertThat(client.send(request, EST + function).getCode())
            .isEqualTo(ResponseCode.NOT_ACCEPTABLE);
      }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 50, 281})
    void aRequestOfAnotherFormatIsUnsupported(int format) throws Exception {
      try (var client = coap.client(pump)) {
        assertThat(client.post(EST + "sren", pump.csr(), format).getCode())
            .isEqualTo(ResponseCode.UNSUPPORTED_CONTENT_FORMAT);
      }
    }
  }

  @Nested
  @Tag("D5")
  class Section45 {

    @Test
    void theSameRequestGetsTheSameBytes() throws Exception {
      var csr = pump.rekeyed().csr();
      try (var client = coap.client(pump)) {
        var first = client.post(EST + "sren", csr, 286);
        var second = client.post(EST + "sren", csr, 286);

        assertThat(second.getPayload()).isEqualTo(first.getPayload());
      }
    }

    @Test
    void whoIsRefusedIsToldWhyInOneSentence() throws Exception {
      est.revoke(pump.certificate(), RevocationReason.KEY_COMPROMISE);
      try (var client = coap.client(pump)) {
        var response = client.post(EST + "sren", pump.rekeyed().csr(), 286);

        assertThat(response.getCode()).isEqualTo(ResponseCode.FORBIDDEN);
        assertThat(response.getResponseText()).contains("revoked").hasSizeLessThan(400);
      }
    }

    @Test
    void aCertificateFromElsewhereIsForbiddenToRenew() throws Exception {
      var stranger = FakeDevice.fresh("pump-0017");
      stranger.install(Strangers.selfSigned(stranger));
      try (var client = coap.client(stranger)) {
        assertThat(client.post(EST + "sren", stranger.csr(), 286).getCode())
            .isEqualTo(ResponseCode.FORBIDDEN);
        assertThat(client.send(Request.newGet(), EST + "crts").getCode())
            .isEqualTo(ResponseCode.CONTENT);
      }
    }

    @Test
    void garbageIsABadRequest() throws Exception {
      try (var client = coap.client(pump)) {
        var response = client.post(EST + "sren", new byte[] {1, 2, 3}, 286);

        assertThat(response.getCode()).isEqualTo(ResponseCode.BAD_REQUEST);
        assertThat(response.getResponseText()).contains("PKCS#10");
      }
    }

    @ParameterizedTest
    @CsvSource({"POST, crts", "POST, att", "GET, sen", "GET, sren", "PUT, sren", "DELETE, crts"})
    void theWrongMethodIsNotAllowed(String method, String function) throws Exception {
      var request = new Request(CoAP.Code.valueOf(method));
      try (var client = coap.client(pump)) {
        assertThat(client.send(request, EST + function).getCode())
            .isEqualTo(ResponseCode.METHOD_NOT_ALLOWED);
      }
    }

    @Test
    void whoeverHasToWaitGetsAnEmptyAcknowledgementFirst() throws Exception {
      var acknowledged = new CountDownLatch(1);
      est.trust =
          _ -> {
            await(acknowledged);
            return List.of(est.root, est.issuing);
          };
      var request = Request.newGet();
      request.addMessageObserver(
          new MessageObserverAdapter() {
            @Override
            public void onAcknowledgement() {
              acknowledged.countDown();
            }
          });
      try (var client = coap.client(pump)) {
        var response = client.send(request, EST + "crts");

        assertThat(response.getCode()).isEqualTo(ResponseCode.CONTENT);
        assertThat(CoapFixture.certificates(response)).hasSize(2);
      }
    }

    @Test
    void anOutageOfTheTokenIsUnavailableWithMaxAge() throws Exception {
      est.issuingKey.unplug();
      try (var client = coap.client(pump)) {
        var response = client.post(EST + "sren", pump.rekeyed().csr(), 286);

        assertThat(response.getCode()).isEqualTo(ResponseCode.SERVICE_UNAVAILABLE);
        assertThat(response.getOptions().getMaxAge()).isPositive();
      }
    }

    @Test
    void beyondItsLimitTheServerSaysThatItIsBusy() throws Exception {
      var late = new CountDownLatch(1);
      var working = new CountDownLatch(1);
      est.stops =
          (_, _) -> {
            working.countDown();
            await(late);
          };
      try (var one = CoapFixture.over(est, 1);
          var slow = one.client(pump);
          var other = one.client(pump)) {
        var waiting =
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    slow.post(EST + "sren", pump.rekeyed().csr(), 286);
                  } catch (Exception broken) {
                    throw new IllegalStateException(broken);
                  }
                });
        await(working);
        var refused = other.send(Request.newGet(), EST + "crts");
        late.countDown();
        waiting.join();
        assertThat(refused.getCode()).isEqualTo(ResponseCode.SERVICE_UNAVAILABLE);
        assertThat(refused.getOptions().getMaxAge()).isPositive();
      }
    }
  }

  @Nested
  @Tag("D6")
  class Section46 {

    @Test
    void aRequestBeyondTheLimitIsTooLarge() throws Exception {
      try (var client = coap.client(pump)) {
        assertThat(client.post(EST + "sren", new byte[60 * 1024], 286).getCode())
            .isEqualTo(ResponseCode.REQUEST_ENTITY_TOO_LARGE);
      }
    }
  }

  @Nested
  @Tag("D7")
  class Section48 {

    @ParameterizedTest
    @CsvSource({"skg, 281", "skc, 287"})
    void aLabelThatMakesKeysSendsThemBesideTheCertificate(String function, int format)
        throws Exception {
      var meter = est.enrolled("meter-1", TestProfiles.METER);
      try (var client = coap.client(meter)) {
        var response = client.post(EST + "meter/" + function, meter.csr(), 286);

        assertThat(response.getCode()).isEqualTo(ResponseCode.CHANGED);
        assertThat(response.getOptions().getContentFormat()).isEqualTo(62);
        var parts = ByteBuffer.wrap(response.getPayload());
        assertThat(parts.get()).isEqualTo((byte) 0x84);
        var key = SoftwareKey.fromPem(Pem.encode("PRIVATE KEY", part(parts, 284)));
        var second = part(parts, format);
        assertThat(parts.hasRemaining()).isFalse();
        var certificate =
            format == 287 ? Certificate.parse(second) : CertsOnly.decode(second).getFirst();
        assertThat(certificate.publicKey())
            .isEqualTo(key.publicKey())
            .isNotEqualTo(meter.key().publicKey());
      }
    }

    @Test
    void aLabelThatMakesNoneSaysSo() throws Exception {
      try (var client = coap.client(pump)) {
        var response = client.post(EST + "skg", pump.csr(), 286);

        assertThat(response.getCode()).isEqualTo(ResponseCode.NOT_FOUND);
        assertThat(response.getResponseText()).contains("makes no keys");
      }
    }

    private byte[] part(ByteBuffer parts, int format) {
      assertThat(parts.get()).isEqualTo((byte) 0x19);
      assertThat(parts.getShort()).isEqualTo((short) format);
      assertThat(parts.get()).isEqualTo((byte) 0x59);
      var bytes = new byte[parts.getShort()];
      parts.get(bytes);
      return bytes;
    }
  }

  private static boolean reads(String function) {
    return function.equals("crts") || function.equals("att");
  }

  private void libcoap(String program, String to, String... more) throws Exception {
    var arguments =
        new ArrayList<>(
            List.of("-B", "20", "-c", "device.pem", "-j", "sec1.key", "-C", "root.pem", "-o", to));
    arguments.addAll(List.of(more));
    // GnuTLS wants the public key beside the private one
    Tool.OPENSSL.run(folder, "ec", "-in", "device.key", "-out", "sec1.key").ok();
    var result = new Tool(program, "libcoap3-bin").run(folder, arguments.toArray(String[]::new));
    assertThat(folder.resolve(to)).withFailMessage(result.output()).exists();
  }

  private List<Certificate> read(String file) throws Exception {
    return CertsOnly.decode(Files.readAllBytes(folder.resolve(file)));
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }
}
