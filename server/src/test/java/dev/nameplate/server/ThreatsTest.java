package dev.nameplate.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.RunningServer.Identity;
import dev.nameplate.server.TlsTalk.Answer;
import dev.nameplate.server.TlsTalk.Question;
import dev.nameplate.server.admin.AdminApi;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Threats to who somebody is, against a whole server: docs/threats.md says where the others are.
class ThreatsTest {

  private static final List<String> HOSTILE =
      List.of(
          "%",
          "_",
          "*",
          "+/*",
          "'",
          "\"",
          ";",
          "--",
          "' OR '1'='1",
          "\\",
          "a\u0000b",
          "..",
          "../x",
          "a/b",
          "%2e%2e",
          "${jndi:ldap://x}",
          "#{1}",
          "<script>",
          "a b",
          " a",
          "a\tb",
          "a\r\nX: y",
          "\u202ea",
          "ａ",
          "ä",
          "a\u0301",
          "\ud83d\ude00",
          "(uid=*)",
          "device:a",
          "a".repeat(300));

  /// Under which proxies tell servers behind them who a client is.
  private static final List<String> IDENTITY_HEADERS =
      List.of(
          "X-SSL-Client-Cert",
          "X-SSL-Cert",
          "SSL_CLIENT_CERT",
          "SSL-Client-Cert",
          "X-Client-Cert",
          "X-Client-Certificate",
          "X-Forwarded-Client-Cert",
          "X-Forwarded-Tls-Client-Cert",
          "X-ARR-ClientCert",
          "X-Amzn-Mtls-Clientcert",
          "Client-Cert",
          "Client-Cert-Chain",
          "X-SSL-Client-S-DN",
          "X-SSL-Client-Verify",
          "X-Remote-User",
          "X-Forwarded-User",
          "jakarta.servlet.request.X509Certificate");

  private static final List<String> HOST_HEADERS =
      List.of(
          "Host",
          "X-Forwarded-Host",
          "X-Forwarded-Server",
          "X-Host",
          "X-Original-Host",
          "X-Original-URL",
          "X-Rewrite-URL",
          "Forwarded",
          "Origin",
          "Referer",
          "X-Forwarded-Proto",
          "X-Forwarded-Prefix");

  private static final String ELSEWHERE = "canary.elsewhere.example";

  private static RunningServer server;
  private static Identity device;

  /// A connection of the administrator, which stays.
  private static TlsTalk administrator;

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws Exception {
    server = RunningServer.start();
    device = server.enrolled("threatened");
    administrator = connected();
  }

  @AfterAll
  static void stop() throws IOException {
    administrator.close();
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  @Tag("A3")
  void aSessionOfOneListenerIsWorthNothingAtAnother(String version) throws Exception {
    var est = server.nameplate.estUrl();
    var admin = server.nameplate.adminUrl();
    write("device", device);
    write("admin", server.admin());

    // an administrator who was at EST, and somebody who took the session but has no certificate
    session(est, version, "admin", "-sess_out", "est");
    var stolen = session(admin, version, "", "-sess_in", "est");
    assertThat(stolen).doesNotContain("Reused, TLSv1.").doesNotContain("HTTP/1.1 200");

    // a device that was at EST, and shows its certificate
    session(est, version, "device", "-sess_out", "est");
    assertThat(session(admin, version, "device", "-sess_in", "est"))
        .doesNotContain("Reused, TLSv1.")
        .contains("HTTP/1.1 403");

    // and the other way around
    session(admin, version, "admin", "-sess_out", "admin");
    assertThat(session(est, version, "", "-sess_in", "admin"))
        .doesNotContain("Reused, TLSv1.")
        .contains("HTTP/1.1 404");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  @Tag("A3")
  void anAdministratorsSessionIsJudgedAnewForEachRequest(String version) throws Exception {
    var admin = server.nameplate.adminUrl();
    write("admin", server.admin());
    session(admin, version, "admin", "-sess_out", "admin");

    // the same session, with nothing but the ticket
    var again = session(admin, version, "admin", "-sess_in", "admin");

    assertThat(again).contains("HTTP/1.1 200");
  }

  @Test
  @Tag("A9")
  @Tag("B13")
  void noIdentifierOfAnyRouteIsReadAsAPattern() throws Exception {
    var routes = server.get("/openapi.json").body().get("paths");
    int asked = 0;
    for (var path : routes.properties()) {
      for (var hostile : HOSTILE) {
        if (path.getKey().contains("{")) {
          for (var verb : path.getValue().properties()) {
            var at = path.getKey().replaceAll("\\{\\w+}", quoted(encoded(hostile)));
            var method = verb.getKey().toUpperCase(Locale.ROOT);
            var answer = ask(method, at, method.equals("POST") ? "{}" : "");
            // a name that could be one is one that nobody has
            if (answer.status() == 200 && method.equals("GET")) {
              assertThat(answer.body()).as(at).isEqualTo("{\"items\":[]}");
            } else {
              refused(answer, method + " " + at);
            }
            asked++;
          }
        }
        for (var parameter : path.getValue().at("/get/parameters")) {
          if (parameter.get("in").asText().equals("query")) {
            var at =
                path.getKey().replaceAll("\\{\\w+}", "threatened")
                    + "?"
                    + parameter.get("name").asText()
                    + "="
                    + encoded(hostile);
            var answer = ask("GET", at, "");
            assertThat(answer.status()).as("GET %s: %s", at, answer.body()).isLessThan(500);
            // what comes after a name comes after any name
            if (answer.status() == 200 && !parameter.get("name").asText().equals("after")) {
              assertThat(answer.body()).as(at).doesNotContain("threatened");
            }
            asked++;
          }
        }
      }
    }
    assertThat(asked).isGreaterThan(1000);
  }

  @Test
  @Tag("A9")
  void nobodyIsRegisteredUnderAHostileName() throws Exception {
    for (var hostile : HOSTILE) {
      for (var kind : List.of("devices", "stations", "nodes")) {
        var body = AdminApi.json().createObjectNode().put("id", hostile);
        if (kind.equals("devices")) {
          body.put("profile", "device");
        }
        refused(ask("POST", "/" + kind, body.toString()), kind + " " + hostile);
      }
    }
    for (var item : server.get("/devices?limit=1000").body().get("items")) {
      assertThat(item.get("id").asText()).matches("[A-Za-z0-9][A-Za-z0-9._-]*");
    }
  }

  @Test
  @Tag("A9")
  void nobodyEnrollsUnderAHostileName() throws Exception {
    var secret = server.register("unthreatened");
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var csr =
        Csr.sign(
            DistinguishedName.ofCommonName("unthreatened"),
            key.publicKey(),
            key.algorithm(),
            key::sign);
    for (var hostile : HOSTILE) {
      var user = Base64.getEncoder().encodeToString((hostile + ":" + secret).getBytes(UTF_8));
      try (var talk = TlsTalk.fresh(server, server.nameplate.estUrl(), Optional.empty())) {
        var answer =
            talk.ask(
                new Question(
                    "POST /.well-known/est/simpleenroll HTTP/1.1\r\nContent-Type:"
                        + " application/pkcs10\r\nAuthorization: Basic "
                        + user
                        + "\r\n",
                    Base64.getEncoder().encodeToString(csr.toByteArray())));
        refused(answer, hostile);
      }
    }
    assertThat(server.get("/certificates?device=unthreatened").body().get("items")).isEmpty();
  }

  @Test
  @Tag("A10")
  void aCertificateInAHeaderMakesNobodyOfAnybody() throws Exception {
    var forged = forms(server.admin());
    for (var header : IDENTITY_HEADERS) {
      for (var form : forged) {
        var line = header + ": " + form + "\r\n";
        // TLS says that it is a device, the header that it is the administrator
        var asDevice =
            ask(server.nameplate.adminUrl(), Optional.of(device), "/api/v1/devices", line);
        assertThat(asDevice.status()).as(line).isEqualTo(403);
        assertThat(asDevice.body()).contains("device:threatened is no administrator");
      }
      var certificate =
          Base64.getEncoder().encodeToString(device.certificate().der().toByteArray());
      var anonymous =
          reenroll(header + ": " + certificate + "\r\n" + header + ": CN=threatened\r\n");
      assertThat(anonymous.status()).as(header).isEqualTo(401);
    }
    for (var url : List.of(server.nameplate.statusUrl(), server.nameplate.metricsUrl())) {
      var usual = plain(url, "GET /api/v1/devices HTTP/1.1\r\nHost: localhost\r\n");
      for (var header : IDENTITY_HEADERS) {
        var asked =
            plain(
                url,
                "GET /api/v1/devices HTTP/1.1\r\nHost: localhost\r\n"
                    + header
                    + ": "
                    + forged.getFirst()
                    + "\r\n");
        assertThat(asked.status()).as("%s %s", url, header).isEqualTo(usual.status());
      }
      assertThat(usual.status()).isEqualTo(404);
    }
  }

  @Test
  @Tag("A14")
  void theNameThatAClientHasForUsIsNeverReflected() throws Exception {
    var questions = new ArrayList<String>();
    for (var header : HOST_HEADERS) {
      var value =
          switch (header) {
            case "Host" -> ELSEWHERE;
            case "Forwarded" -> "for=192.0.2.1;host=" + ELSEWHERE + ";proto=https";
            case "X-Original-URL", "X-Rewrite-URL", "Origin", "Referer" ->
                "https://" + ELSEWHERE + "/x";
            default -> ELSEWHERE;
          };
      questions.add(header + ": " + value + "\r\n");
    }
    for (var headers : questions) {
      var host = headers.startsWith("Host") ? headers : "Host: localhost\r\n" + headers;
      for (var path :
          List.of("/", "//", "/x", "/ocsp", "/crl/x.crl", "/metrics", "/health", "/..", "*")) {
        var request = "GET " + path + " HTTP/1.1\r\n" + host;
        notReflected(plain(server.nameplate.statusUrl(), request), request);
        notReflected(plain(server.nameplate.metricsUrl(), request), request);
      }
      for (var path :
          List.of("cacerts", "csrattrs", "device/cacerts", "x/cacerts", "simpleenroll")) {
        notReflected(
            ask(server.nameplate.estUrl(), Optional.empty(), "/.well-known/est/" + path, host),
            path + " " + host);
      }
      for (var path : List.of("/devices", "/devices/threatened", "/issuers", "/nowhere", "/crls")) {
        notReflected(
            ask(
                server.nameplate.adminUrl(),
                Optional.of(server.admin()),
                AdminApi.PATH + path,
                host),
            path + " " + host);
      }
    }
  }

  private static void notReflected(Answer answer, String request) {
    assertThat(answer.head() + answer.body()).as(request).doesNotContainIgnoringCase(ELSEWHERE);
    assertThat(answer.status()).as(request).isLessThan(500);
  }

  private static void refused(Answer answer, String what) {
    assertThat(answer.status()).as("%s: %s", what, answer.body()).isBetween(400, 499);
  }

  /// With an administrator's certificate.
  private static Answer ask(String method, String path, String body) throws Exception {
    var headers = body.isEmpty() ? "" : "Content-Type: application/json\r\n";
    var question =
        new Question(method + " " + AdminApi.PATH + path + " HTTP/1.1\r\n" + headers, body);
    try {
      return administrator.ask(question);
    } catch (IOException hungUp) {
      // after what it could not read, or was not asked for long
      administrator.close();
      administrator = connected();
      return administrator.ask(question);
    }
  }

  private static TlsTalk connected() throws Exception {
    return TlsTalk.kept(server, server.nameplate.adminUrl(), Optional.of(server.admin()));
  }

  private static Answer ask(URI url, Optional<Identity> as, String path, String headers)
      throws Exception {
    try (var talk = TlsTalk.fresh(server, url, as)) {
      return talk.ask(new Question("GET " + path + " HTTP/1.1\r\n" + headers, ""));
    }
  }

  private static Answer reenroll(String headers) throws Exception {
    try (var talk = TlsTalk.fresh(server, server.nameplate.estUrl(), Optional.empty())) {
      return talk.ask(
          new Question(
              "POST /.well-known/est/simplereenroll HTTP/1.1\r\nContent-Type: application/pkcs10\r\n"
                  + headers,
              "AAAA"));
    }
  }

  private static Answer plain(URI url, String head) throws IOException {
    try (var socket = new Socket(url.getHost(), url.getPort())) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write((head + "Connection: close\r\n\r\n").getBytes(ISO_8859_1));
      socket.getOutputStream().flush();
      return Answer.parse(new String(socket.getInputStream().readAllBytes(), ISO_8859_1));
    }
  }

  private static List<String> forms(Identity identity) {
    var pem = Pem.encode(identity.certificate());
    return List.of(
        Base64.getEncoder().encodeToString(identity.certificate().der().toByteArray()),
        URLEncoder.encode(pem, UTF_8),
        pem.replace("\n", " "),
        "Hash=00;Cert=\"" + URLEncoder.encode(pem, UTF_8) + "\";Subject=\"CN=first\"",
        "CN=first",
        "SUCCESS");
  }

  private void write(String name, Identity identity) throws IOException {
    Files.writeString(folder.resolve(name + ".key"), identity.key().toPem());
    Files.writeString(folder.resolve(name + ".pem"), Pem.encode(identity.certificate()));
  }

  /// What openssl prints over a connection that begins or resumes a session.
  private String session(URI url, String version, String as, String how, String session) {
    var arguments =
        new ArrayList<>(
            List.of(
                "s_client",
                "-connect",
                "127.0.0.1:" + url.getPort(),
                "-ign_eof",
                "-CAfile",
                server.made.trust().toString(),
                version,
                how,
                session));
    if (!as.isEmpty()) {
      arguments.addAll(List.of("-cert", as + ".pem", "-key", as + ".key"));
    }
    return Tool.OPENSSL
        .feed(
            "GET /api/v1/server HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            folder,
            arguments.toArray(String[]::new))
        .out();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20");
  }

  private static String quoted(String text) {
    return Matcher.quoteReplacement(text);
  }
}
