package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Pem;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients that other people wrote, at the EST listener of a whole server with the TLS that a
/// server has when nobody chose one.
class EstClientsTest {

  private static RunningServer server;

  @BeforeAll
  static void start() throws Exception {
    server = RunningServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.2", "1.3"})
  @Tag("U12")
  void strongSwanGetsTheAuthoritiesAndEnrolls(String version) throws Exception {
    var dir = Files.createDirectory(server.dir.resolve("strongswan-" + version));
    Files.writeString(
        dir.resolve("strongswan.conf"),
        "libtls {\n  version_min = %s\n  version_max = %s\n}\n".formatted(version, version));
    var root = root(dir);
    var url = server.nameplate.estUrl().toString();

    Tool.PKI
        .run(
            dir,
            "--estca --url %s --cacert %s --caout ca.pem --outform pem --force"
                .formatted(url, root)
                .split(" "))
        .ok();
    Tool.OPENSSL.run(dir, "ecparam -name prime256v1 -genkey -noout -out k.pem".split(" ")).ok();
    var name = "swan-" + version.replace('.', '-');
    Tool.OPENSSL.run(dir, "req", "-new", "-key", "k.pem", "-subj", "/CN=" + name, "-out", "c.pem");
    var secret = server.register(name);
    var enrolled =
        Tool.PKI
            .run(
                dir,
                "--est --url %s --in c.pem --cacert %s --userpass %s:%s --outform pem"
                    .formatted(url, root, name, secret)
                    .split(" "))
            .ok();
    Files.writeString(dir.resolve("cert.pem"), enrolled.out());
    var renewed =
        Tool.PKI
            .run(
                dir,
                "--est --url %s --in c.pem --cacert %s --cert cert.pem --key k.pem --outform pem"
                    .formatted(url, root)
                    .split(" "))
            .ok();

    assertThat(Pem.decodeCertificates(renewed.out()).getFirst().subject().toString())
        .contains(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.2", "1.3"})
  @Tag("S10")
  void aCertificateOfSomebodyElseIsRefusedWithAReasonAndNotByTheHandshake(String version)
      throws Exception {
    var dir = Files.createDirectory(server.dir.resolve("curl-" + version));
    Tool.OPENSSL
        .run(
            dir,
            ("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem"
                    + " -out cert.pem -subj /CN=stranger -days 3")
                .split(" "))
        .ok();
    Tool.OPENSSL.run(dir, "req -new -key k.pem -subj /CN=stranger -outform DER -out c".split(" "));
    Tool.OPENSSL.run(dir, "base64 -in c -out c.b64".split(" ")).ok();

    var answer =
        Tool.CURL.run(
            dir,
            ("-sS --tlsv%s --tls-max %s --cacert %s --cert cert.pem --key k.pem --data-binary"
                    + " @c.b64 -w %%{http_code} -H Content-Type:application/pkcs10"
                    + " %s/.well-known/est/simplereenroll")
                .formatted(version, version, root(dir), server.nameplate.estUrl())
                .split(" "));

    assertThat(answer.ok().out()).contains("was not issued here").endsWith("403");
  }

  private static Path root(Path dir) throws Exception {
    var all = Pem.decodeCertificates(Files.readString(server.made.trust()));
    return Files.writeString(dir.resolve("root.pem"), Pem.encode(all.subList(0, 1)));
  }
}
