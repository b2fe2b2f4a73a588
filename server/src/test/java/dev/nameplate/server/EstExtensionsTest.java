package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What EST offers here beside RFC 7030: CRLs, and when to renew.
class EstExtensionsTest {

  private static final Pattern CRL =
      Pattern.compile("-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----\n");

  private static RunningServer server;

  @BeforeAll
  static void start() throws Exception {
    server = RunningServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  @Tag("X1")
  void theCrlsOfALabelAreReadAndCheckedByOpenssl() throws Exception {
    for (var path : List.of("crls", "device/crls")) {
      var answer = server.est(path);

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(answer.headers().firstValue("Content-Type"))
          .contains("application/pkcs7-mime; smime-type=certs-only");
      assertThat(answer.headers().firstValue("Content-Length")).isPresent();
      var message = server.dir.resolve("crls.p7");
      Files.write(message, Base64.getMimeDecoder().decode(answer.body()));
      var crls =
          crls(openssl("pkcs7", "-inform", "DER", "-in", message.toString(), "-print_certs"));
      // of the root and of the issuing authority
      assertThat(crls).hasSize(2);
      for (var crl : crls) {
        var file = Files.writeString(server.dir.resolve("one.crl"), crl);
        assertThat(
                openssl(
                    "crl",
                    "-in",
                    file.toString(),
                    "-noout",
                    "-CAfile",
                    server.made.trust().toString()))
            .contains("verify OK");
      }
    }
    assertThat(server.est("nobody/crls").statusCode()).isEqualTo(404);
  }

  @Test
  @Tag("X2")
  void aClientIsToldWhenToRenew() throws Exception {
    var pump = server.enrolled("renewed-pump").certificate();

    var answer = server.est("renewal-info/" + name(pump));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(answer.headers().firstValue("Retry-After")).contains("21600");
    var window = new ObjectMapper().readTree(answer.body()).get("suggestedWindow");
    var start = Instant.parse(window.get("start").asText());
    var end = Instant.parse(window.get("end").asText());
    assertThat(start).isBetween(pump.notBefore(), end);
    assertThat(end).isBefore(pump.notAfter());
    assertThat(server.est("device/renewal-info/" + name(pump)).body()).isEqualTo(answer.body());

    server.post("/devices/renewed-pump/retire", "{\"reason\":\"keyCompromise\"}");
    var now = new ObjectMapper().readTree(server.est("renewal-info/" + name(pump)).body());
    assertThat(Instant.parse(now.at("/suggestedWindow/end").asText())).isBefore(Instant.now());
  }

  @Test
  @Tag("X2")
  void whatIsUnknownOrMalformedIsSaidToBe() throws Exception {
    var tls = server.enrolled("known-pump").certificate();

    assertThat(server.est("renewal-info/" + name(tls).replaceAll("\\..*", ".AQID")).statusCode())
        .isEqualTo(404);
    assertThat(server.est("renewal-info/what-is-this").statusCode()).isEqualTo(400);
    assertThat(server.est("nobody/renewal-info/" + name(tls)).statusCode()).isEqualTo(404);
  }

  private static List<String> crls(String printed) {
    var found = new ArrayList<String>();
    var matcher = CRL.matcher(printed);
    while (matcher.find()) {
      found.add(matcher.group());
    }
    return found;
  }

  private static String name(Certificate certificate) {
    var encoder = Base64.getUrlEncoder().withoutPadding();
    return encoder.encodeToString(
            HexFormat.of().parseHex(certificate.authorityKeyIdentifier().orElseThrow()))
        + "."
        + encoder.encodeToString(certificate.serial().value().toByteArray());
  }

  private static String openssl(String... arguments) throws Exception {
    Path folder = server.dir;
    var result = Tool.OPENSSL.run(folder, arguments);
    assertThat(result.exit()).as(result.output()).isZero();
    return result.output();
  }
}
