package dev.nameplate.server.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.Tool;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What we say binds a request to its connection is what clients say that other people wrote:
/// Python's `ssl` for tls-unique, `openssl s_client` for tls-exporter.
@Tag("E9")
class ChannelBindingTest {

  private static final Pattern UNIQUE =
      Pattern.compile("version=(\\S+) reused=(\\S+) tls-unique=(\\S+)\\s+chain.*binding=(\\S+)");
  private static final Pattern EXPORTED = Pattern.compile("Keying material: ([0-9A-F]+)");
  private static final Pattern BINDING = Pattern.compile("binding=(\\S+)");

  private static EchoServer conscrypt;
  private static EchoServer jdk;

  @BeforeAll
  static void start() throws Exception {
    conscrypt = new EchoServer(ConscryptTls.load(), Duration.ofSeconds(30));
    jdk = new EchoServer(new JdkTls(), Duration.ofSeconds(30));
  }

  @AfterAll
  static void stop() {
    conscrypt.close();
    jdk.close();
  }

  static List<EchoServer> both() {
    return List.of(conscrypt, jdk);
  }

  @Test
  @Tag("E8")
  void onTls12ItIsThePeersTlsUniqueAlsoInAResumedSession() throws Exception {
    for (var resumption : List.of("by-ticket", "no-ticket")) {
      var seen = UNIQUE.matcher(Python.client(conscrypt, "TLSv1_2", resumption));

      assertThat(seen.find()).isTrue();
      assertThat(seen.group(1)).isEqualTo("TLSv1.2");
      assertThat(seen.group(2)).isEqualTo("False");
      assertThat(seen.group(4)).isEqualTo("TLS_UNIQUE:" + seen.group(3));
      var first = seen.group(3);
      assertThat(seen.find()).isTrue();
      assertThat(seen.group(2)).as("reused").isEqualTo("True");
      assertThat(seen.group(4)).isEqualTo("TLS_UNIQUE:" + seen.group(3));
      assertThat(seen.group(3)).isNotEqualTo(first);
    }
  }

  @Test
  void onTls12WithoutExtendedMasterSecretThereIsNone() throws Exception {
    var seen = UNIQUE.matcher(Python.client(conscrypt, "TLSv1_2", "no-ems"));

    assertThat(seen.find()).isTrue();
    assertThat(seen.group(3)).as("the client has one all the same").isNotEmpty();
    assertThat(seen.group(4)).isEqualTo("none");
    assertThat(seen.find()).isTrue();
    assertThat(seen.group(2)).as("reused").isEqualTo("True");
    assertThat(seen.group(4)).isEqualTo("none");
  }

  @Test
  void onTls12OfTheJdkThereIsNone() throws Exception {
    assertThat(Python.client(jdk, "TLSv1_2")).contains("binding=none").doesNotContain("TLS_");
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("both")
  void onTls13ItIsThePeersExporterAlsoInAResumedSession(EchoServer server) throws Exception {
    var session = server.dir.resolve("session.pem").toString();

    var first = exported(server, "-sess_out", session);
    var second = exported(server, "-sess_in", session);

    assertThat(first).contains("New, TLSv1.3");
    assertThat(second).contains("Reused, TLSv1.3");
    assertThat(bindingOf(first)).isEqualTo("TLS_EXPORTER:" + exporterOf(first));
    assertThat(bindingOf(second)).isEqualTo("TLS_EXPORTER:" + exporterOf(second));
    assertThat(exporterOf(second)).isNotEqualTo(exporterOf(first));
  }

  private static String exported(EchoServer server, String option, String file) {
    return Tool.OPENSSL
        .feed(
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            server.dir,
            "s_client",
            "-connect",
            server.address(),
            "-tls1_3",
            "-ign_eof",
            "-keymatexport",
            "EXPORTER-Channel-Binding",
            "-keymatexportlen",
            "32",
            option,
            file)
        .output();
  }

  private static String exporterOf(String output) {
    var material = EXPORTED.matcher(output);
    assertThat(material.find()).as(output).isTrue();
    return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(material.group(1)));
  }

  private static String bindingOf(String output) {
    var binding = BINDING.matcher(output);
    assertThat(binding.find()).as(output).isTrue();
    return binding.group(1);
  }
}
