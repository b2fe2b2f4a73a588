package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.audit.SignedCheckpoint;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.audit.AuditArchive;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Checkpoints of a server that runs: made, brought out, and checked by others.
@Tag("threat-R8")
class CheckpointsTest {

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Tool PYTHON = new Tool("python3", "python3");

  @Test
  void whatAServerWritesIsSignedBroughtOutAndCheckedWithoutIt() throws Exception {
    Path file;
    Path archive;
    RunningServer stopped;
    try (var server = RunningServer.start(CheckpointsTest::often)) {
      stopped = server;
      file = server.dir.resolve("audit/checkpoints.jsonl");
      server.enrolled("pump-1");
      long before = count(file);
      server.enrolled("pump-2");
      await().atMost(SOON).until(() -> count(file) > before);

      // beside the CRLs, the same bytes
      var served = new String(server.status("/crl/checkpoint.jws"), StandardCharsets.US_ASCII);
      assertThat(Files.readString(file)).contains(served);
      var checkpoint = SignedCheckpoint.parse(served).checkpoint();
      assertThat(checkpoint.chains()).isNotEmpty();
      assertThat(checkpoint.crls()).hasSize(2);
      checkedByOthers(server, served);

      var verdict = server.post("/audit/verify", "{}").body();
      assertThat(verdict.get("intact").asBoolean()).as(verdict.toString()).isTrue();
      assertThat(verdict.get("checkpoints").asLong()).isPositive();
      archive = server.dir.resolve("audit.ndjson");
      Files.writeString(archive, export(server));
      assertThat(server.monitoring("/metrics")).contains("nameplate_audit_checkpoint ");
    }
    var root = Pem.decodeCertificates(Files.readString(stopped.made.trust())).getFirst();
    var found = AuditArchive.verify(archive, List.of(root), List.of());
    assertThat(found.verdict()).isInstanceOf(AuditVerdict.Intact.class);
    assertThat(found.checkpoints()).isPositive();
    // a checkpoint was made at the end, after the export: it is not of this file any more
    var later = AuditArchive.verify(archive, List.of(root), List.of(file));
    assertThat(later.verdict()).isNotInstanceOf(AuditVerdict.Intact.class);
    // somebody else's root
    var stranger = Pem.decodeCertificates(Files.readString(stopped.made.trust())).getLast();
    assertThat(AuditArchive.verify(archive, List.of(), List.of()).verdict())
        .isInstanceOf(AuditVerdict.BadCheckpoint.class);
    assertThat(stranger).isNotEqualTo(root);
  }

  @Test
  void aServerThatWasStoppedIsSignedToItsEnd() throws Exception {
    var server = RunningServer.start();
    server.enrolled("pump-1");
    server.close();

    try (var again = server.restarted()) {
      var file = again.dir.resolve("audit/checkpoints.jsonl");
      var last = SignedCheckpoint.parse(jws(Files.readAllLines(file).getLast()));
      assertThat(last.checkpoint().rows()).isPositive();
      var verdict = again.post("/audit/verify", "{}").body();
      assertThat(verdict.get("intact").asBoolean()).as(verdict.toString()).isTrue();
    }
    // cut off what the last checkpoint signs
    try (var connection =
            DriverManager.getConnection(
                "jdbc:h2:file:" + server.dir.resolve("data/nameplate"), "nameplate", "");
        var statement = connection.createStatement()) {
      statement.execute(
          "DELETE FROM audit_row WHERE chain = (SELECT MAX(chain) FROM audit_chain) AND kind ="
              + " 'ServerStopped'");
    }
    try (var tampered = server.restarted()) {
      var verdict = tampered.post("/audit/verify", "{}").body();
      assertThat(verdict.get("intact").asBoolean()).isFalse();
      assertThat(verdict.get("what").asText()).startsWith("rows are missing at the end");
      assertThat(verdict.get("sequence").asLong()).isPositive();
    }
  }

  @Test
  void eachCheckpointIsSentOverUdpAsRfc5424WantsIt() throws Exception {
    try (var receiver = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      receiver.setSoTimeout((int) SOON.toMillis());
      var to = "udp://127.0.0.1:" + receiver.getLocalPort();
      try (var server =
          RunningServer.start(
              text -> often(text).replace("every: 1s", "every: 1s, syslog: '" + to + "'"))) {
        var packet = new DatagramPacket(new byte[65_000], 65_000);
        receiver.receive(packet);
        var message = new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);

        assertThat(message)
            .matches(
                "<110>1 [0-9TZ:.-]+ main nameplate - checkpoint \\[checkpoint@32473 number=\"\\d+\""
                    + " sha256=\"[0-9a-f]{64}\"] eyJ.*");
        var received = server.dir.resolve("received.log");
        Files.writeString(received, message + "\n");
        assertThat(SignedCheckpoint.parse(jws(message)).checkpoint().node()).isEqualTo("main");
      }
    }
  }

  @Test
  void aTcpReceiverThatIsAwayHoldsNothingUpAndGetsAllWhenItIsThere() throws Exception {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    var to = "tcp://127.0.0.1:" + port;
    try (var server =
        RunningServer.start(
            text -> often(text).replace("every: 1s", "every: 1s, syslog: '" + to + "'"))) {
      server.enrolled("pump-1");
      var file = server.dir.resolve("audit/checkpoints.jsonl");
      await().atMost(SOON).until(() -> Files.exists(file) && count(file) > 0);
      // python, which counts the octets
      var script = server.dir.resolve("receiver.py");
      Files.writeString(
          script,
          """
          import socket, sys
          listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
          listener.settimeout(20)
          connection, _ = listener.accept()
          stream = connection.makefile("rb")
          length = b""
          while True:
              c = stream.read(1)
              if c == b" ":
                  break
              length += c
          print(stream.read(int(length)).decode())
          """);
      var received = PYTHON.run(server.dir, script.toString(), Integer.toString(port)).ok().out();
      assertThat(received).startsWith("<110>1 ").contains(" nameplate - checkpoint ");
      assertThat(SignedCheckpoint.parse(jws(received.strip())).checkpoint().number()).isEqualTo(1);
    }
  }

  @Test
  void overTlsTheReceiverHasToBeWhoItIsTakenFor() throws Exception {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    var folder = Files.createDirectories(RunningServer.freshFolder());
    var trust = Files.createFile(folder.resolve("trust.pem"));
    for (var each : Map.of("wrong", "DNS:elsewhere.example", "right", "IP:127.0.0.1").entrySet()) {
      Tool.OPENSSL
          .run(
              folder,
              """
              req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=receiver \
              -keyout %1$s.key -out %1$s.pem -addext subjectAltName=%2$s\
              """
                  .formatted(each.getKey(), each.getValue())
                  .split(" "))
          .ok();
      Files.writeString(
          trust,
          Files.readString(folder.resolve(each.getKey() + ".pem")),
          StandardOpenOption.APPEND);
    }
    var to = "every: 1s, syslog: 'tls://127.0.0.1:%d', syslog_trust: '%s'".formatted(port, trust);
    try (var server = RunningServer.start(text -> often(text).replace("every: 1s", to))) {
      server.enrolled("pump-1");
      var script = folder.resolve("receiver.py");
      Files.writeString(
          script,
          """
          import socket, ssl, sys
          listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
          listener.settimeout(20)
          for who in ("wrong", "right"):
              context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
              context.load_cert_chain(who + ".pem", who + ".key")
              connection, _ = listener.accept()
              try:
                  secured = context.wrap_socket(connection, server_side=True)
              except ssl.SSLError as refused:
                  print("refused", who)
                  continue
              stream = secured.makefile("rb")
              length = b""
              while not length.endswith(b" "):
                  length += stream.read(1)
              print(stream.read(int(length)).decode())
          """);
      var received = PYTHON.run(folder, script.toString(), Integer.toString(port)).ok().out();

      assertThat(received).startsWith("refused wrong\n<110>1 ");
      var message = received.lines().toList().getLast();
      assertThat(SignedCheckpoint.parse(jws(message)).checkpoint().number()).isEqualTo(1);
    }
  }

  /// openssl, and the arithmetic of RFC 7515 in python.
  private static void checkedByOthers(RunningServer server, String served) throws Exception {
    Files.writeString(server.dir.resolve("checkpoint.jws"), served);
    var script = server.dir.resolve("jws.py");
    Files.writeString(
        script,
        """
        import base64, json
        text = open("checkpoint.jws").read()
        head, payload, signature = text.split(".")
        pad = lambda part: base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        header = json.loads(pad(head))
        assert header["alg"] == "ES256", header
        raw = pad(signature)
        def integer(data):
            data = data.lstrip(b"\\0")
            data = b"\\0" + data if data[0] & 0x80 else data
            return b"\\x02" + bytes([len(data)]) + data
        body = integer(raw[:32]) + integer(raw[32:])
        open("signature.der", "wb").write(b"\\x30" + bytes([len(body)]) + body)
        open("signed.txt", "w").write(head + "." + payload)
        for i, each in enumerate(header["x5c"]):
            open("x5c-%d.der" % i, "wb").write(base64.b64decode(each))
        print(json.dumps(json.loads(pad(payload))))
        """);
    var payload = PYTHON.run(server.dir, script.toString()).ok().out();
    assertThat(payload).contains("\"checkpoint\": ").contains("\"chains\": [{");
    for (int i = 0; i < 3; i++) {
      Tool.OPENSSL
          .run(
              server.dir,
              "x509",
              "-inform",
              "DER",
              "-in",
              "x5c-" + i + ".der",
              "-out",
              "x5c-" + i + ".pem")
          .ok();
    }
    var key =
        Tool.OPENSSL.run(server.dir, "x509", "-in", "x5c-0.pem", "-noout", "-pubkey").ok().out();
    Files.writeString(server.dir.resolve("signer.pub"), key);
    assertThat(
            Tool.OPENSSL
                .run(
                    server.dir,
                    "dgst",
                    "-sha256",
                    "-verify",
                    "signer.pub",
                    "-signature",
                    "signature.der",
                    "signed.txt")
                .ok()
                .out())
        .contains("Verified OK");
    Tool.OPENSSL
        .run(
            server.dir,
            "verify",
            "-CAfile",
            server.made.trust().toString(),
            "-untrusted",
            "x5c-1.pem",
            "x5c-0.pem")
        .ok();
  }

  private static String export(RunningServer server) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(server.nameplate.adminUrl() + "/api/v1/audit/export"))
            .build();
    var answer = server.send(Optional.of(server.admin()), request);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  private static String often(String settings) {
    return settings + "\naudit: {every: 1s}\n";
  }

  private static long count(Path file) throws Exception {
    return Files.exists(file) ? Files.readAllLines(file).size() : 0;
  }

  private static String jws(String line) {
    int at = line.indexOf("eyJ");
    int end = line.indexOf('"', at);
    return end < 0 ? line.substring(at) : line.substring(at, end);
  }
}
