package dev.nameplate.ocsp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.RevocationReason;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// CRLs and issuer certificates over HTTP (RFC 5280 sections 4.2.1.13 and 4.2.2.1, RFC 2585).
class CrlHandlerTest {

  private final FakeClock clock = new FakeClock();
  private final HttpClient http = HttpClient.newHttpClient();
  private StatusSite site;

  @BeforeEach
  void openTheSite() throws Exception {
    site = StatusSite.open(clock);
  }

  @AfterEach
  void closeTheSite() throws Exception {
    http.close();
    site.close();
  }

  @Test
  @Tag("C11")
  void theNewestCrlIsServedAtTheUrlInTheCertificates() throws Exception {
    var published = site.publishCrl().orElseThrow();

    var response = get(crlPath());

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(published.der().toByteArray());
    var headers = response.headers();
    assertThat(headers.firstValue("Content-Type")).contains("application/pkix-crl");
    assertThat(headers.firstValue("ETag")).contains('"' + published.der().sha256Hex() + '"');
    assertThat(headers.firstValue("Last-Modified")).contains("Mon, 23 Nov 2026 12:00:00 GMT");
    assertThat(headers.firstValue("Cache-Control")).contains("max-age=300,public,no-transform");
    assertThat(headers.firstValue("Content-Length"))
        .contains(Integer.toString(published.der().length()));
  }

  @Test
  void aNewCrlIsServedASecondAfterItWasPublished() throws Exception {
    site.publishCrl();
    assertThat(number(get(crlPath()))).isEqualTo(clock.instant().getEpochSecond());
    clock.advance(Duration.ofMinutes(1));
    var pump = site.enrolled("pump-1");
    site.revoke(pump, RevocationReason.CESSATION_OF_OPERATION);
    var published = site.publishCrl().orElseThrow();

    clock.advance(Duration.ofSeconds(1));

    var crl = Crl.parse(get(crlPath()).body());
    assertThat(crl.number()).isEqualTo(published.number());
    assertThat(crl.serials()).toIterable().containsExactly(pump.serial());
  }

  @Test
  @Tag("C11")
  void headTellsTheSameWithoutTheBytes() throws Exception {
    var published = site.publishCrl().orElseThrow();

    var response =
        send(HttpRequest.newBuilder(site.uri(crlPath())).method("HEAD", BodyPublishers.noBody()));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEmpty();
    assertThat(response.headers().firstValue("Content-Length"))
        .contains(Integer.toString(published.der().length()));
  }

  @Test
  @Tag("C11")
  void whoHasItAlreadyGets304() throws Exception {
    var etag = '"' + site.publishCrl().orElseThrow().der().sha256Hex() + '"';

    for (var known : new String[] {etag, "\"x\", " + etag, "W/" + etag, "*"}) {
      var response =
          send(HttpRequest.newBuilder(site.uri(crlPath())).header("If-None-Match", known));
      assertThat(response.statusCode()).as(known).isEqualTo(304);
      assertThat(response.body()).isEmpty();
      assertThat(response.headers().firstValue("ETag")).contains(etag);
    }
    assertThat(
            send(HttpRequest.newBuilder(site.uri(crlPath())).header("If-None-Match", "\"x\""))
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  @Tag("C11")
  void whoHasTheOneOfThisDateGets304() throws Exception {
    site.publishCrl();

    assertThat(statusOf("If-Modified-Since", "Mon, 23 Nov 2026 12:00:00 GMT")).isEqualTo(304);
    assertThat(statusOf("If-Modified-Since", "Mon, 23 Nov 2026 13:00:00 GMT")).isEqualTo(200);
    assertThat(statusOf("If-Modified-Since", "Mon, 23 Nov 2026 11:59:59 GMT")).isEqualTo(200);
    assertThat(statusOf("If-Modified-Since", "yesterday")).isEqualTo(200);
    // RFC 9110 section 13.1.3: the tag decides where there is one
    var both =
        HttpRequest.newBuilder(site.uri(crlPath()))
            .header("If-None-Match", "\"x\"")
            .header("If-Modified-Since", "Mon, 23 Nov 2026 13:00:00 GMT");
    assertThat(send(both).statusCode()).isEqualTo(200);
  }

  @Test
  @Tag("C11")
  void twoListsOfOneSecondAreToldApartByTheirDates() throws Exception {
    site.publishWithDelta();
    var first = get(crlPath()).headers().firstValue("Last-Modified").orElseThrow();
    clock.advance(Duration.ofMillis(1500));
    site.publishWithDelta();
    get(crlPath());
    clock.advance(Duration.ofMillis(400));
    site.publishWithDelta();
    clock.advance(Duration.ofMillis(1100));

    var second = get(crlPath()).headers().firstValue("Last-Modified").orElseThrow();

    assertThat(second).isEqualTo("Mon, 23 Nov 2026 12:00:02 GMT");
    assertThat(statusOf("If-Modified-Since", first)).isEqualTo(200);
    assertThat(statusOf("If-Modified-Since", "Mon, 23 Nov 2026 12:00:01 GMT")).isEqualTo(200);
    assertThat(statusOf("If-Modified-Since", second)).isEqualTo(304);
  }

  @Test
  @Tag("C05")
  void theFileWithAllListsIsNotAskedForByDate() throws Exception {
    site.publishAll();
    clock.advance(Duration.ofSeconds(1));

    var response =
        send(
            HttpRequest.newBuilder(site.uri(StatusUrls.BUNDLE_PATH))
                .header("If-Modified-Since", "Mon, 23 Nov 2026 12:00:00 GMT"));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Last-Modified")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-9, 0, 10",
    "bytes=10-19, 10, 20",
    "bytes=100-, 100, -1",
    "bytes=-7, -7, -1",
    "bytes=0-999999, 0, -1",
    "bytes=-999999, 0, -1"
  })
  @Tag("C11")
  void aPartIsServedToWhoAsksForIt(String range, int from, int to) throws Exception {
    byte[] whole = site.publishCrl().orElseThrow().der().toByteArray();
    int first = from < 0 ? whole.length + from : from;
    int end = to < 0 ? whole.length : to;

    var response = send(HttpRequest.newBuilder(site.uri(crlPath())).header("Range", range));

    assertThat(response.statusCode()).isEqualTo(206);
    assertThat(response.body()).isEqualTo(Arrays.copyOfRange(whole, first, end));
    assertThat(response.headers().firstValue("Content-Range"))
        .contains("bytes " + first + "-" + (end - 1) + "/" + whole.length);
  }

  @Test
  @Tag("C11")
  void aPartThatIsNotThereIs416AndWhatIsNoSingleRangeIsTheWhole() throws Exception {
    byte[] whole = site.publishCrl().orElseThrow().der().toByteArray();

    for (var range : new String[] {"bytes=999999-", "bytes=-0"}) {
      var response = send(HttpRequest.newBuilder(site.uri(crlPath())).header("Range", range));
      assertThat(response.statusCode()).as(range).isEqualTo(416);
      assertThat(response.headers().firstValue("Content-Range"))
          .contains("bytes */" + whole.length);
    }
    for (var range : new String[] {"bytes=0-1,3-4", "bytes=9-3", "bytes=-", "lines=1-2", "x"}) {
      var response = send(HttpRequest.newBuilder(site.uri(crlPath())).header("Range", range));
      assertThat(response.statusCode()).as(range).isEqualTo(200);
      assertThat(response.body()).isEqualTo(whole);
    }
  }

  @Test
  @Tag("C11")
  void theRestOfAnotherListIsNotServed() throws Exception {
    var etag = '"' + site.publishCrl().orElseThrow().der().sha256Hex() + '"';

    assertThat(partIf(etag)).isEqualTo(206);
    assertThat(partIf("Mon, 23 Nov 2026 12:00:00 GMT")).isEqualTo(206);
    assertThat(partIf("\"another\"")).isEqualTo(200);
    assertThat(partIf("W/" + etag)).isEqualTo(200);
    assertThat(partIf("Mon, 23 Nov 2026 11:00:00 GMT")).isEqualTo(200);
  }

  @Test
  @Tag("C11")
  void noCacheKeepsItLongerThanUntilTheNextIsMade() throws Exception {
    site.publishCrl();
    assertThat(maxAge()).isEqualTo("max-age=300,public,no-transform");

    clock.advance(Duration.ofMinutes(57));
    assertThat(maxAge()).isEqualTo("max-age=180,public,no-transform");
    clock.advance(Duration.ofHours(1));
    assertThat(maxAge()).isEqualTo("max-age=0,public,no-transform");
  }

  @Test
  @Tag("C05")
  void oneFileHasTheCompleteListsOfAllIssuersInPem() throws Exception {
    assertThat(get(StatusUrls.BUNDLE_PATH).statusCode()).isEqualTo(404);
    var pump = site.enrolled("pump-1");
    site.revoke(pump, RevocationReason.CESSATION_OF_OPERATION);
    site.publishAll();
    clock.advance(Duration.ofSeconds(1));

    var response = get(StatusUrls.BUNDLE_PATH);

    assertThat(response.headers().firstValue("Content-Type")).contains("application/x-pem-file");
    var issuers = new ArrayList<DistinguishedName>();
    for (var der : Pem.blocks(new String(response.body(), US_ASCII), "X509 CRL")) {
      issuers.add(Crl.parse(der).issuer());
    }
    assertThat(issuers)
        .containsExactlyInAnyOrder(
            site.pki().root().issuer().name(), site.pki().issuing().issuer().name());
    var etag = response.headers().firstValue("ETag").orElseThrow();
    var again =
        HttpRequest.newBuilder(site.uri(StatusUrls.BUNDLE_PATH)).header("If-None-Match", etag);
    assertThat(send(again).statusCode()).isEqualTo(304);
  }

  @Test
  @Tag("C05")
  void opensslChecksAWholePathWithTheBundle(@TempDir Path directory) throws Exception {
    var pump = site.enrolled("pump-1");
    var valve = site.enrolled("valve-1");
    site.revoke(pump, RevocationReason.KEY_COMPROMISE);
    site.publishAll();
    clock.advance(Duration.ofSeconds(1));
    Files.write(directory.resolve("crls.pem"), get(StatusUrls.BUNDLE_PATH).body());
    Files.writeString(
        directory.resolve("root.pem"), Pem.encode(site.pki().root().certificate().orElseThrow()));
    Files.writeString(
        directory.resolve("issuing.pem"),
        Pem.encode(site.pki().issuing().certificate().orElseThrow()));

    assertThat(verified(directory, valve)).contains("OK");
    assertThat(verified(directory, pump)).contains("certificate revoked");
  }

  @Test
  @Tag("C09")
  void whoReadsWhileListsArePublishedSeesOnlyWholeOnesAndNeverAnOlderOne() throws Exception {
    var first = site.publishCrl().orElseThrow();
    var last = first;
    var stop = new AtomicBoolean();
    try (var readers = Executors.newVirtualThreadPerTaskExecutor()) {
      var outcomes = new ArrayList<Future<Integer>>();
      for (int i = 0; i < 4; i++) {
        outcomes.add(
            readers.submit(() -> {
              int seen = 0;
              while (!stop.get()) {
                int number = number(get(crlPath()));
                assertThat(number).isGreaterThanOrEqualTo(seen);
                seen = number;
              }
              return seen;
            }));
      }
      for (int i = 0; i < 30; i++) {
        clock.advance(Duration.ofHours(1));
        last = site.publishCrl().orElseThrow();
        assertThat(number(get(crlPath()))).isGreaterThanOrEqualTo((int) first.number());
      }
      clock.advance(Duration.ofSeconds(2));
      stop.set(true);
      for (var outcome : outcomes) {
        assertThat(outcome.get()).isPositive();
      }
    }
    assertThat(number(get(crlPath()))).isEqualTo(last.number());
  }

  @Test
  @Tag("C06")
  void theDeltaIsServedWhereTheListSaysThatItIs() throws Exception {
    var base = clock.instant().getEpochSecond();
    site.publishWithDelta();
    clock.advance(Duration.ofMinutes(5));
    var path = TestHierarchy.URLS.delta(site.pki().issuing().id(), CrlScope.END_ENTITIES).getPath();
    assertThat(get(path).statusCode()).isEqualTo(404);
    site.publishWithDelta();
    clock.advance(Duration.ofSeconds(1));

    var crl = Crl.parse(get(crlPath()).body());
    var delta = get(crl.freshest().getFirst().getPath());

    assertThat(delta.headers().firstValue("Content-Type")).contains("application/pkix-crl");
    assertThat(Crl.parse(delta.body()).number()).isEqualTo(crl.number());
    assertThat(Crl.parse(delta.body()).baseNumber()).contains(BigInteger.valueOf(base));
  }

  @Test
  @Tag("C04")
  void eachShardIsServedAtTheUrlThatItNamesItself() throws Exception {
    site.publishShards(2);
    clock.advance(Duration.ofSeconds(1));

    for (int shard = 0; shard < 2; shard++) {
      var url = TestHierarchy.URLS.crl(site.pki().issuing().id(), CrlScope.shard(shard));
      var crl = Crl.parse(get(url.getPath()).body());
      assertThat(crl.distributionPoint().orElseThrow().names()).containsExactly(url);
    }
    var none = TestHierarchy.URLS.crl(site.pki().issuing().id(), CrlScope.shard(2));
    assertThat(get(none.getPath()).statusCode()).isEqualTo(404);
  }

  @Test
  void theIssuersCertificateIsServedAtItsAiaUrl() throws Exception {
    for (var authority : List.of(site.pki().issuing(), site.pki().root())) {
      var response = get(TestHierarchy.URLS.certificate(authority.id()).getPath());

      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("Content-Type")).contains("application/pkix-cert");
      assertThat(Certificate.parse(response.body()))
          .isEqualTo(authority.certificate().orElseThrow());
    }
  }

  @Test
  void whatIsNotThereIs404() throws Exception {
    var id = site.pki().issuing().id();
    var nobody = new IssuerId("0".repeat(64));
    for (var path :
        new String[] {
          crlPath(), // none is published yet
          StatusUrls.crlPath(id, new CrlScope("other")),
          StatusUrls.crlPath(nobody, CrlScope.END_ENTITIES),
          crlPath().replace("/" + CrlScope.END_ENTITIES, "//" + CrlScope.END_ENTITIES),
          StatusUrls.CRL_PATH,
          StatusUrls.certificatePath(nobody),
          StatusUrls.certificatePath(id).replace(".cer", ""),
          StatusUrls.ISSUER_PATH + "..%2f..%2fetc%2fpasswd"
        }) {
      assertThat(get(path).statusCode()).as(path).isEqualTo(404);
    }
  }

  @Test
  void anotherMethodIs405() throws Exception {
    var response = send(HttpRequest.newBuilder(site.uri(crlPath())).POST(BodyPublishers.noBody()));

    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(response.headers().firstValue("Allow")).contains("GET, HEAD");
  }

  @Test
  void whileTheStoreIsAwayTheLastCopyIsServed() throws Exception {
    var published = site.publishCrl().orElseThrow();
    assertThat(number(get(crlPath()))).isEqualTo(published.number());

    site.takeStoreAway();
    clock.advance(Duration.ofMinutes(5));

    assertThat(number(get(crlPath()))).isEqualTo(published.number());
  }

  @Test
  void withoutStoreAndCopyTheAnswerIs503() throws Exception {
    site.publishCrl();
    site.takeStoreAway();

    var response = get(crlPath());

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Retry-After")).contains("10");
    site.bringStoreBack();
    assertThat(get(crlPath()).statusCode()).isEqualTo(200);
  }

  private String verified(Path directory, Certificate certificate) throws Exception {
    Files.writeString(directory.resolve("device.pem"), Pem.encode(certificate));
    return Tool.OPENSSL
        .run(
            directory,
            "verify",
            "-crl_check_all",
            "-attime",
            Long.toString(clock.instant().getEpochSecond()),
            "-CAfile",
            "root.pem",
            "-untrusted",
            "issuing.pem",
            "-CRLfile",
            "crls.pem",
            "device.pem")
        .output();
  }

  private int statusOf(String header, String value) throws Exception {
    return send(HttpRequest.newBuilder(site.uri(crlPath())).header(header, value)).statusCode();
  }

  private int partIf(String condition) throws Exception {
    return send(HttpRequest.newBuilder(site.uri(crlPath()))
            .header("Range", "bytes=0-3")
            .header("If-Range", condition))
        .statusCode();
  }

  private String maxAge() throws Exception {
    return get(crlPath()).headers().firstValue("Cache-Control").orElseThrow();
  }

  private String crlPath() {
    URI uri = TestHierarchy.URLS.crl(site.pki().issuing().id(), CrlScope.END_ENTITIES);
    return uri.getPath();
  }

  private static int number(HttpResponse<byte[]> response) throws Exception {
    return Crl.parse(response.body()).number().intValueExact();
  }

  private HttpResponse<byte[]> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(site.uri(path)));
  }

  private HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.timeout(Duration.ofSeconds(20)).build(), BodyHandlers.ofByteArray());
  }
}
