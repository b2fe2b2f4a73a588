package dev.nameplate.server.canary;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.nameplate.ca.enrollment.StopListener;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.revocation.CrlListener;
import dev.nameplate.ca.revocation.CrlPublication;
import dev.nameplate.ca.revocation.CrlSchedule;
import dev.nameplate.ca.revocation.Revocation;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.server.canary.RelyingParty.Sight;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What is seen of lists that a web server has.
class RelyingPartyTest {

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final Map<String, byte[]> files = new HashMap<>();
  private final List<String> answers = new ArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();
  private final RelyingParty eyes = new RelyingParty(client, Duration.ofSeconds(10), clock);

  private HttpServer http;
  private StatusUrls urls;
  private TestHierarchy pki;
  private Revocation revocation;
  private Certificate pump;

  @BeforeEach
  void start() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext("/", this::answer);
    http.start();
    urls = new StatusUrls(URI.create("http://127.0.0.1:" + http.getAddress().getPort()));
    pki =
        TestHierarchy.over(
            new TestHierarchy.Stores(store, store, store, store),
            urls,
            clock,
            new Random(1),
            StopListener.NONE);
    revocation = new Revocation(store, clock);
    pump = pki.enrolled(FakeDevice.named("pump-0017"));
    publish();
  }

  @AfterEach
  void stop() {
    http.stop(0);
    client.close();
  }

  @Test
  void aListThatIsTheSameIsNotReadAgain() throws Exception {
    assertThat(readCrl()).isInstanceOf(Sight.Good.class);
    assertThat(readCrl()).isInstanceOf(Sight.Good.class);
    revoke(RevocationReason.SUPERSEDED);
    publish();
    assertThat(readCrl()).isInstanceOf(Sight.Revoked.class);
    assertThat(readCrl()).isInstanceOf(Sight.Revoked.class);

    assertThat(answers).containsExactly("200", "304", "200", "304");
  }

  @Test
  void aListThatIsOverIsNotBelievedAlthoughItIsTheSame() throws Exception {
    assertThat(readCrl()).isInstanceOf(Sight.Good.class);

    clock.advance(Duration.ofHours(25));

    assertThat(readCrl())
        .isInstanceOfSatisfying(
            Sight.Nothing.class, sight -> assertThat(sight.why()).contains("should have been"));
  }

  @Test
  void whatWasRememberedOfOneCertificateIsNotSaidOfAnother() throws Exception {
    var valve = pki.enrolled(FakeDevice.named("valve-1"));
    revoke(RevocationReason.SUPERSEDED);
    publish();

    assertThat(readCrl()).isInstanceOf(Sight.Revoked.class);
    assertThat(eyes.readCrl(x509(valve), issuer(), crl())).isInstanceOf(Sight.Good.class);
  }

  @Test
  void aDeltaSaysWhatTheListBeforeDoesNotYet() throws Exception {
    var complete = publish();
    revoke(RevocationReason.CERTIFICATE_HOLD);
    var held = publish();

    // a cache still has the complete list before, and the new delta
    file(crl(), complete.der());
    assertThat(readCrl()).isInstanceOf(Sight.Good.class);
    assertThat(readDelta()).isInstanceOf(Sight.Revoked.class);

    var _ = revocation.release(pki.issuing().id(), pump.serial(), "test");
    publish();
    file(crl(), held.der());
    assertThat(readCrl()).isInstanceOf(Sight.Revoked.class);
    assertThat(readDelta())
        .isInstanceOfSatisfying(
            Sight.Good.class, sight -> assertThat(sight.says()).contains("takes it off"));
  }

  @Test
  void whatTheDeltaDoesNotNameIsWhatTheCompleteListSays() throws Exception {
    revoke(RevocationReason.SUPERSEDED);
    for (int hour = 0; hour < 30; hour++) {
      publish();
    }

    assertThat(readDelta()).isInstanceOf(Sight.Revoked.class);
  }

  @Test
  void withoutADeltaNothingIsSeenInIt() throws Exception {
    assertThat(readDelta())
        .isInstanceOfSatisfying(
            Sight.Nowhere.class, sight -> assertThat(sight.why()).contains("names no delta CRL"));

    publish();
    files.remove(urls.delta(pki.issuing().id(), CrlScope.END_ENTITIES).getPath());
    assertThat(readDelta())
        .isInstanceOfSatisfying(
            Sight.Nothing.class, sight -> assertThat(sight.why()).contains("HTTP status 404"));

    file(urls.delta(pki.issuing().id(), CrlScope.END_ENTITIES), publish().der());
    assertThat(readDelta())
        .isInstanceOfSatisfying(
            Sight.Nothing.class, sight -> assertThat(sight.why()).contains("is no delta"));
  }

  @Test
  void aDeltaThatIsOlderThanTheListIsNotBelieved() throws Exception {
    publish();
    publish();
    var delta = urls.delta(pki.issuing().id(), CrlScope.END_ENTITIES).getPath();
    var old = files.get(delta);
    publish();
    files.put(delta, old);

    assertThat(readDelta())
        .isInstanceOfSatisfying(
            Sight.Nothing.class,
            sight -> assertThat(sight.why()).contains("is older than the CRL"));
  }

  private Sight readCrl() throws CertificateException {
    return eyes.readCrl(x509(pump), issuer(), crl());
  }

  private Sight readDelta() throws CertificateException {
    return eyes.readDelta(x509(pump), issuer(), crl(), UnaryOperator.identity());
  }

  private void revoke(RevocationReason reason) {
    var _ = revocation.revoke(pki.issuing().id(), pump.serial(), reason, Optional.empty(), "test");
  }

  private PublishedCrl publish() {
    clock.advance(Duration.ofHours(1));
    var made =
        new CrlPublication(store, store, clock, CrlSchedule.DEFAULT, urls, true, CrlListener.NONE)
            .publishNow(pki.issuing(), CrlScope.END_ENTITIES)
            .orElseThrow();
    file(crl(), made.der());
    made.delta()
        .ifPresent(delta -> file(urls.delta(pki.issuing().id(), CrlScope.END_ENTITIES), delta));
    return made;
  }

  private URI crl() {
    return urls.crl(pki.issuing().id(), CrlScope.END_ENTITIES);
  }

  private void file(URI url, Der content) {
    files.put(url.getPath(), content.toByteArray());
  }

  private X509Certificate issuer() throws CertificateException {
    return x509(pki.issuing().certificate().orElseThrow());
  }

  private static X509Certificate x509(Certificate certificate) throws CertificateException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(certificate.der().toByteArray()));
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var content = files.get(exchange.getRequestURI().getPath());
      if (content == null) {
        answer(exchange, 404, new byte[0]);
        return;
      }
      var etag = '"' + Der.of(content).sha256Hex() + '"';
      exchange.getResponseHeaders().set("ETag", etag);
      if (etag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
        answer(exchange, 304, new byte[0]);
      } else {
        answer(exchange, 200, content);
      }
    }
  }

  private void answer(HttpExchange exchange, int status, byte[] content) throws IOException {
    answers.add(Integer.toString(status));
    exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
    exchange.getResponseBody().write(content);
  }
}
