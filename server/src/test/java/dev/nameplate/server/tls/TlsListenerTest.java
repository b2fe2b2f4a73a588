package dev.nameplate.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.nameplate.ca.testing.Tool;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a TLS listener of ours promises, whichever stack is under it, seen by curl, OpenSSL and
/// Python.
class TlsListenerTest {

  private static final String REQUEST = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

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

  static List<TlsStack> stacks() {
    return List.of(ConscryptTls.load(), new JdkTls());
  }

  @Tag("U4")
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("both")
  void tls12And13AreSpokenAndNothingOlder(EchoServer server) {
    assertThat(client(server, "-tls1_3")).contains("New, TLSv1.3, Cipher is TLS_").contains("200");
    assertThat(client(server, "-tls1_2"))
        .contains("New, TLSv1.2, Cipher is ECDHE-ECDSA-")
        .contains("200");
    for (var old : List.of("-tls1_1", "-tls1")) {
      assertThat(client(server, old, "-cipher", "ALL:@SECLEVEL=0"))
          .contains("Cipher is (NONE)")
          .contains("alert");
    }
  }

  @Tag("U4")
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("both")
  void onlyAuthenticatedCiphersWithForwardSecrecyAreSpoken(EchoServer server) {
    for (var weak :
        List.of(
            "eNULL",
            "aNULL",
            "ECDHE-ECDSA-AES128-SHA",
            "ECDHE-ECDSA-AES128-SHA256",
            "kRSA",
            "kDHE")) {
      assertThat(client(server, "-tls1_2", "-cipher", weak + ":@SECLEVEL=0"))
          .as(weak)
          .contains("Cipher is (NONE)")
          .contains("alert");
    }
  }

  @Tag("U4")
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("both")
  void nothingIsNegotiatedTwice(EchoServer server) {
    var output =
        Tool.OPENSSL
            .feed("R\n", server.dir, "s_client", "-connect", server.address(), "-tls1_2")
            .output();

    var second = output.substring(output.indexOf("RENEGOTIATING"));
    assertThat(second).as("a certificate is seen again").doesNotContain("verify return");
  }

  @Tag("U12")
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("both")
  void http11IsSpokenWithAndWithoutAlpn(EchoServer server) {
    assertThat(client(server)).contains("No ALPN negotiated").contains("HTTP/1.1 200");
    for (var offer : List.of("http/1.1", "h2,http/1.1")) {
      assertThat(client(server, "-alpn", offer))
          .contains("ALPN protocol: http/1.1")
          .contains("HTTP/1.1 200");
    }
    assertThat(curl(server, "--http2")).startsWith("chain=0");
  }

  @Tag("S10")
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("both")
  void aClientCertificateIsWantedButNeverNeededNorJudged(EchoServer server) throws Exception {
    var anybody = server.selfSigned("anybody").toString();
    var expired = server.expired("expired").toString();
    for (var version : List.of("1.2", "1.3")) {
      String[] tls = {"--tlsv" + version, "--tls-max", version};
      assertThat(curl(server, tls)).startsWith("chain=0 leaf=none");
      assertThat(curl(server, with(tls, "--cert", anybody))).startsWith("chain=1 leaf=CN=anybody");
      assertThat(curl(server, with(tls, "--cert", expired))).startsWith("chain=1 leaf=CN=expired");
    }
    assertThat(client(server, "-tls1_3")).contains("No client certificate CA names sent");
  }

  @Tag("S10")
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("both")
  void theWholeChainOfTheClientArrivesUnlessItIsTooLong(EchoServer server) throws Exception {
    var leaf = server.selfSigned("leaf");
    var other = Files.readString(Path.of(server.selfSigned("issuer") + ".crt"));
    var chain = Files.readString(leaf);
    for (int length = 2; length <= 5; length++) {
      chain += other;
      var file = Files.writeString(server.dir.resolve("chain-" + length + ".pem"), chain);
      assertThat(curl(server, "--cert", file.toString()))
          .startsWith("chain=" + length + " leaf=CN=leaf");
    }
    var long6 = Files.writeString(server.dir.resolve("chain-6.pem"), chain + other);

    assertThatThrownBy(() -> curl(server, "--cert", long6.toString())).hasMessageContaining("exit");
  }

  @Tag("S10")
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("both")
  void clientsHaveRsaKeysOrOnesOnP256OrP384(EchoServer server) throws Exception {
    for (var version : List.of("-tls1_2", "-tls1_3")) {
      for (var pem :
          List.of(
              server.selfSigned("rsa", "rsa", "rsa_keygen_bits:2048"),
              server.selfSigned("p256"),
              server.selfSigned("p384", "ec", "ec_paramgen_curve:P-384"))) {
        assertThat(client(server, version, "-cert", pem.toString(), "-key", pem.toString()))
            .as("%s %s", version, pem)
            .contains("chain=1 ");
      }
    }
  }

  /// Why `auto` takes Java's TLS where a profile allows such keys. When this fails because
  /// Conscrypt has learned more, [ConscryptTls#authenticates] can say so.
  @Test
  void withKeysOfOtherTypesTheyAuthenticateToTheJdkOnly() throws Exception {
    var p521 = jdk.selfSigned("p521", "ec", "ec_paramgen_curve:P-521").toString();
    for (var version : List.of("-tls1_2", "-tls1_3")) {
      assertThat(client(jdk, version, "-cert", p521, "-key", p521)).contains("chain=1 ");
    }
    assertThat(client(conscrypt, "-tls1_3", "-cert", p521, "-key", p521)).contains("chain=0 ");
    var ed25519 = jdk.ed25519("ed25519").toString();
    for (var version : List.of("-tls1_2", "-tls1_3")) {
      assertThat(client(jdk, version, "-cert", ed25519, "-key", ed25519)).contains("chain=1 ");
    }
    assertThat(client(conscrypt, "-tls1_3", "-cert", ed25519, "-key", ed25519))
        .contains("chain=0 ");
  }

  @Tag("U4")
  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("both")
  void aResumedSessionStillKnowsTheClient(EchoServer server) throws Exception {
    var device = server.selfSigned("device");
    for (var version : List.of("TLSv1_2", "TLSv1_3")) {
      for (var how : List.of("by-ticket", "no-ticket")) {
        var seen =
            Python.client(server, version, how, "cert=" + device)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();

        assertThat(seen.get(0)).contains("reused=False");
        assertThat(seen.get(1)).startsWith("chain=1 leaf=CN=device");
        assertThat(seen.get(2)).as("%s %s", version, how).contains("reused=True");
        assertThat(seen.get(3)).startsWith("chain=1 leaf=CN=device");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void aNewServerCertificateIsShownFromTheNextConnectionOn(TlsStack stack) throws Exception {
    try (var server = new EchoServer(stack, Duration.ofSeconds(30))) {
      assertThat(client(server)).contains("subject=CN = localhost");

      server.use(server.selfSigned("renewed"));

      assertThat(client(server)).contains("subject=CN = renewed").contains("200");
      assertThat(client(server, "-tls1_2", "-alpn", "http/1.1"))
          .contains("Cipher is ECDHE-ECDSA-")
          .contains("ALPN protocol: http/1.1");

      server.use(server.selfSigned("rsa-server", "rsa", "rsa_keygen_bits:2048"));

      assertThat(client(server, "-tls1_2")).contains("Cipher is ECDHE-RSA-").contains("200");
      assertThat(client(server, "-tls1_3")).contains("Peer signature type: RSA-PSS");
    }
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void aFloodOfHalfOpenHandshakesIsTimedOutAndLeavesRoomForOthers(TlsStack stack) throws Exception {
    try (var server = new EchoServer(stack, Duration.ofSeconds(1))) {
      var flood = new ArrayList<Socket>();
      for (int i = 0; i < 200; i++) {
        var socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        flood.add(socket);
        if (i % 2 == 0) {
          socket.getOutputStream().write(beginningOfAHello());
        }
      }
      assertThat(curl(server)).startsWith("chain=0");

      for (var socket : flood) {
        socket.setSoTimeout(20_000);
        assertThat(socket.getInputStream().readAllBytes().length).isLessThan(100);
        socket.close();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void aHandshakeOfAByteNowAndThenIsCutOff(TlsStack stack) throws Exception {
    try (var server = new EchoServer(stack, Duration.ofSeconds(1));
        var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      var out = socket.getOutputStream();
      out.write(beginningOfAHello());

      await()
          .pollInterval(Duration.ofMillis(100))
          .atMost(Duration.ofSeconds(20))
          .until(() -> refused(out));
    }
  }

  private static boolean refused(OutputStream out) {
    try {
      out.write(0);
      return false;
    } catch (IOException closed) {
      return true;
    }
  }

  /// A record of 16 KiB with a message of nearly that length, of which little comes.
  private static byte[] beginningOfAHello() {
    return new byte[] {22, 3, 1, 0x40, 0, 1, 0, 0x3f, (byte) 0xfc, 3, 3, 0, 0, 0};
  }

  private static String client(EchoServer server, String... options) {
    var command = new ArrayList<>(List.of("s_client", "-connect", server.address(), "-ign_eof"));
    command.addAll(List.of(options));
    return Tool.OPENSSL.feed(REQUEST, server.dir, command.toArray(String[]::new)).output();
  }

  private static String curl(EchoServer server, String... options) {
    var command =
        new ArrayList<>(
            List.of("-sS", "--fail", "--insecure", "https://" + server.address() + "/"));
    command.addAll(List.of(options));
    return Tool.CURL.run(server.dir, command.toArray(String[]::new)).ok().out();
  }

  private static String[] with(String[] some, String... more) {
    var all = new ArrayList<>(List.of(some));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }
}
