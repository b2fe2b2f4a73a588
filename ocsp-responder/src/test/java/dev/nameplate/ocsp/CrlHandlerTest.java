package dev.nameplate.ocsp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.RevocationReason;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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
  void c11TheNewestCrlIsServedAtTheUrlInTheCertificates() throws Exception {
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
    assertThat(number(get(crlPath()))).isEqualTo(1);
    clock.advance(Duration.ofMinutes(1));
    var pump = site.enrolled("pump-1");
    site.revoke(pump, RevocationReason.CESSATION_OF_OPERATION);
    site.publishCrl();

    clock.advance(Duration.ofSeconds(1));

    var crl = Crl.parse(get(crlPath()).body());
    assertThat(crl.number()).isEqualTo(2);
    assertThat(crl.serials()).toIterable().containsExactly(pump.serial());
  }

  @Test
  void c11HeadTellsTheSameWithoutTheBytes() throws Exception {
    var published = site.publishCrl().orElseThrow();

    var response =
        send(HttpRequest.newBuilder(site.uri(crlPath())).method("HEAD", BodyPublishers.noBody()));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEmpty();
    assertThat(response.headers().firstValue("Content-Length"))
        .contains(Integer.toString(published.der().length()));
  }

  @Test
  void c11WhoHasItAlreadyGets304() throws Exception {
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
    site.publishCrl();
    assertThat(number(get(crlPath()))).isEqualTo(1);

    site.takeStoreAway();
    clock.advance(Duration.ofMinutes(5));

    assertThat(number(get(crlPath()))).isEqualTo(1);
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
