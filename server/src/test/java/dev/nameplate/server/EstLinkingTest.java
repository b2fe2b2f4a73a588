package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Pem;
import java.nio.file.Files;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A whole server, Python's `ssl` with its tls-unique, and a request that openssl made.
@Tag("E8")
class EstLinkingTest {

  private static final Tool PYTHON = new Tool("python3", "python3");

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
  void onTls12ARequestWithTheTlsUniqueOfItsConnectionGetsItsCertificate() throws Exception {
    assertThat(enroll("pump-own", "own")).startsWith("200 ");
  }

  @Test
  void onTls12ARequestWithThatOfAnotherConnectionIsRefused() throws Exception {
    assertThat(enroll("pump-other", "other").replaceFirst(" \\(request [0-9a-f]+\\)", ""))
        .isEqualTo(
            "403 Refused: challengePassword is not the tls-unique value of this connection (RFC"
                + " 5929) in base64.\n");
  }

  private static String enroll(String name, String which) throws Exception {
    var dir = Files.createDirectory(server.dir.resolve(name));
    var root = Pem.decodeCertificates(Files.readString(server.made.trust())).getFirst();
    Files.writeString(dir.resolve("root.pem"), Pem.encode(root));
    try (var script = EstLinkingTest.class.getResourceAsStream("est-link.py")) {
      assertThat(script).isNotNull();
      Files.copy(script, dir.resolve("est-link.py"));
    }
    var url = server.nameplate.estUrl();
    return PYTHON
        .run(
            dir,
            "est-link.py",
            url.getHost(),
            Integer.toString(url.getPort()),
            "root.pem",
            name,
            server.register(name),
            which)
        .ok()
        .out();
  }
}
