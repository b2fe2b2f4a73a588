package dev.nameplate.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.LiveAuthorities;
import dev.nameplate.server.Nameplate;
import dev.nameplate.server.SettingsFile;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import javax.net.SocketFactory;

/// OCSP from a server in a process of its own, beside a static answer of the same size from the
/// same Jetty and from nginx, beside other responders on the same certificates, and beside raw
/// signatures of the token.
final class OcspBench {

  private static final int CERTIFICATES = 500;
  private static final int EACH = Integer.getInteger("bench.ocsp", 100_000);
  private static final int FRESH = EACH / 8;

  /// More than the server lets wait for a signature.
  private static final int OVERLOADING = 256;

  private static final int[] CLIENTS = {1, 16, 64};
  private static final Map<String, String> REQUEST =
      Map.of("Content-Type", "application/ocsp-request");
  private static final DateTimeFormatter INDEX_TIME =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private final Report report;
  private final Path folder;

  OcspBench(Report report, Path folder) {
    this.report = report;
    this.folder = folder;
  }

  /// One way to ask.
  private record Way(String name, boolean kept, Ask ask) {}

  @FunctionalInterface
  interface Ask {
    HttpConnection.Response on(HttpConnection connection, byte[] query) throws IOException;
  }

  static final Ask POST = (connection, query) -> connection.post("/ocsp", REQUEST, query);
  private static final Ask GET = (connection, query) -> connection.get(path(query));
  private static final List<Way> WAYS =
      List.of(
          new Way("POST, kept", true, POST),
          new Way("GET, kept", true, GET),
          new Way("POST, fresh", false, POST),
          new Way("GET, fresh", false, GET));

  void run() throws Exception {
    var np = folder.resolve("np");
    var fleet = Fleet.init(np, Optional.empty());
    double signature = signatureMicros(np);
    try (var server =
        MeasuredServer.nameplate(folder.resolve("server.log"), ServerProcess.NAMEPLATE, np + "")) {
      var certificates =
          fleet.enroll(server, CERTIFICATES).stream().map(Fleet.Device::certificate).toList();
      var issuing = fleet.issuing();
      var queries = new ArrayList<byte[]>();
      for (var certificate : certificates) {
        queries.add(OcspQueries.about(issuing, certificate.serial()));
      }
      var answers = answers(server.statusUrl(), queries);
      int size = answers.getFirst().length;
      cached(server, queries, size);
      double plain = uncached(server, issuing, certificates, size, signature);
      overload(server, issuing, certificates, plain);
      peers(issuing, certificates, queries, answers, size);
    }
  }

  /// What one signature of the token costs this process, its check included.
  private double signatureMicros(Path np) throws Exception {
    report.section("OCSP, the server in its own process, P-256 signers in SoftHSM");
    try (var core = Nameplate.core(SettingsFile.read(np))) {
      core.authorities().refresh();
      var key = core.authorities().withRole(LiveAuthorities.ISSUING).key();
      var rate =
          Load.measure(
              8,
              IntStream.range(0, EACH).boxed().toList(),
              () -> number -> key.sign(new byte[] {(byte) (int) number}),
              () -> ProcessHandle.current().info().totalCpuDuration().orElseThrow());
      report.cost("raw signatures by the token, each checked, 8 callers", rate);
      return rate.cpuMicros();
    }
  }

  private static List<byte[]> answers(URI status, List<byte[]> queries) throws IOException {
    var answers = new ArrayList<byte[]>();
    try (var connection = HttpConnection.open(status, SocketFactory.getDefault())) {
      for (var query : queries) {
        answers.add(POST.on(connection, query).body());
      }
    }
    return answers;
  }

  private void cached(MeasuredServer server, List<byte[]> queries, int size) throws Exception {
    report.section("Cached answers of " + size + " bytes, beside a static one of the same Jetty");
    try (var same = plainJetty(size)) {
      // both have been running for a while before anything counts
      for (var way : WAYS) {
        ask(server.statusUrl(), way, 16, queries, FRESH, server);
        ask(same.url(), way, 16, queries, FRESH, same);
      }
      for (int clients : CLIENTS) {
        for (var way : WAYS) {
          int count = way.kept() ? EACH : FRESH;
          var limit = ask(same.url(), way, clients, queries, count, same);
          var ours = ask(server.statusUrl(), way, clients, queries, count, server);
          report.cost(
              clients + " clients, " + way.name(), ours, "a static answer", limit.cpuMicros());
        }
      }
    }
  }

  /// Each request has a nonce of its own: no cache can help.
  private double uncached(
      MeasuredServer server,
      Certificate issuing,
      List<Certificate> certificates,
      int size,
      double signature)
      throws Exception {
    report.section("Answers that are signed for one request, beside a static one and a signature");
    var queries = nonces(issuing, certificates, EACH / 8);
    double perSecond = 0;
    try (var same = plainJetty(size)) {
      // both have been running for a while before anything counts
      var before = nonces(issuing, certificates, EACH / 4);
      ask(server.statusUrl(), WAYS.getFirst(), 16, before, before.size(), server);
      ask(same.url(), WAYS.getFirst(), 16, queries, before.size(), same);
      for (int clients : new int[] {1, 16}) {
        var limit = ask(same.url(), WAYS.getFirst(), clients, queries, queries.size(), same);
        var ours =
            ask(server.statusUrl(), WAYS.getFirst(), clients, queries, queries.size(), server);
        report.cost(
            clients + " clients, POST, kept, a nonce each",
            ours,
            "a static answer and a signature",
            limit.cpuMicros() + signature);
        perSecond = ours.perSecond();
      }
    }
    return perSecond;
  }

  /// Twice as many as it can sign, sent when they are due whether the last one was answered or not.
  private void overload(
      MeasuredServer server, Certificate issuing, List<Certificate> certificates, double capacity)
      throws Exception {
    report.section("Twice as many signatures as it can make, for five seconds");
    int rate = (int) (2 * capacity);
    var queries = nonces(issuing, certificates, 5 * rate);
    var statuses = new int[7];
    var latencies =
        Load.openLoop(
            rate,
            OVERLOADING,
            queries,
            () -> {
              var connection = HttpConnection.open(server.statusUrl(), SocketFactory.getDefault());
              return query -> {
                var answer = POST.on(connection, query);
                expect(answer);
                synchronized (statuses) {
                  statuses[OcspQueries.status(answer.body())]++;
                }
              };
            });
    report.say(
        "  asked %d /s, answered %d, told to try later %d; p50 %.1f ms, p99 %.1f ms, p99.9 %.1f ms"
            .formatted(
                rate,
                statuses[0],
                statuses[3],
                latencies.millis(0.5),
                latencies.millis(0.99),
                latencies.millis(0.999)));
  }

  private void peers(
      Certificate issuing,
      List<Certificate> certificates,
      List<byte[]> queries,
      List<byte[]> answers,
      int size)
      throws Exception {
    report.section("Others on the same certificates, 16 clients");
    var log = folder.resolve("peers.log");
    try (var nginx = Peers.nginx(folder, log, size)) {
      peer("nginx, a static answer", nginx, WAYS.get(1), queries);
      peer("nginx, a static answer", nginx, WAYS.get(3), queries);
    }
    try (var cfssl = Peers.cfssl(folder, log, answers)) {
      peer("cfssl ocspserve, signed before", cfssl, WAYS.getFirst(), queries);
      peer("cfssl ocspserve, signed before", cfssl, WAYS.get(2), queries);
    }
    var index = new StringBuilder();
    for (var certificate : certificates) {
      index.append(
          "V\t%s\t\t%s\tunknown\t/CN=x\n"
              .formatted(
                  INDEX_TIME.format(certificate.notAfter()),
                  certificate.serial().hex().toUpperCase(Locale.ROOT)));
    }
    try (var openssl = Peers.opensslOcsp(folder, log, Pem.encode(List.of(issuing)), index + "")) {
      peer("openssl ocsp, each signed", openssl, WAYS.get(2), queries);
    }
  }

  private void peer(String name, MeasuredServer server, Way way, List<byte[]> queries)
      throws Exception {
    ask(server.url(), way, 16, queries, FRESH, server);
    var rate = ask(server.url(), way, 16, queries, way.kept() ? EACH : FRESH, server);
    report.cost(name + ", " + way.name(), rate);
  }

  private static Rate ask(
      URI url, Way way, int clients, List<byte[]> queries, int count, MeasuredServer measured)
      throws Exception {
    var plain = SocketFactory.getDefault();
    var visits = IntStream.range(0, count).mapToObj(i -> queries.get(i % queries.size())).toList();
    return Load.measure(
        clients,
        visits,
        () -> {
          if (way.kept()) {
            var connection = HttpConnection.open(url, plain);
            return query -> expect(way.ask().on(connection, query));
          }
          return query -> {
            try (var connection = HttpConnection.open(url, plain)) {
              expect(way.ask().on(connection, query));
            }
          };
        },
        measured::cpu);
  }

  private static List<byte[]> nonces(Certificate issuing, List<Certificate> certificates, int count)
      throws IOException {
    var random = RandomGenerator.getDefault();
    var queries = new ArrayList<byte[]>();
    for (int i = 0; i < count; i++) {
      var nonce = new byte[16];
      random.nextBytes(nonce);
      var serial = certificates.get(i % certificates.size()).serial();
      queries.add(OcspQueries.about(issuing, serial, nonce));
    }
    return queries;
  }

  private MeasuredServer plainJetty(int size) throws IOException {
    return MeasuredServer.nameplate(
        folder.resolve("server.log"), ServerProcess.PLAIN, Integer.toString(size));
  }

  private static String path(byte[] query) {
    return "/ocsp/" + URLEncoder.encode(Base64.getEncoder().encodeToString(query), UTF_8);
  }

  private static void expect(HttpConnection.Response response) {
    Fleet.expect(200, response);
  }
}
