package dev.nameplate.bench;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.server.PrivateFile;
import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.store.testing.Postgresql;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import javax.net.SocketFactory;

/// How long it takes from the sending of a revocation until relying parties see it: by OCSP on one
/// node, by OCSP on each of three nodes on one PostgreSQL, and in the CRL.
final class RevokeBench {

  private static final int REVOKED = Integer.getInteger("bench.revoked", 500);
  private static final int LISTED = Integer.getInteger("bench.listed", 200);

  /// Between two revocations that are looked for in the CRL: some fall into each part of the time
  /// that a new list waits for the last one to be old enough.
  private static final Duration PACE = Duration.ofMillis(350);

  private static final Duration LOOK = Duration.ofMillis(20);
  private static final Duration LOST = Duration.ofSeconds(60);
  private static final int NODES = 3;

  private final Report report;
  private final Path folder;

  RevokeBench(Report report, Path folder) {
    this.report = report;
    this.folder = folder;
  }

  void run() throws Exception {
    report.section("From the sending of a revocation until it is seen");
    oneNode();
    threeNodes();
  }

  private void oneNode() throws Exception {
    var np = folder.resolve("one");
    var fleet = Fleet.init(np, Optional.empty());
    try (var server = server(np)) {
      var certificates = certificates(fleet, server, REVOKED + LISTED);
      say(
          "OCSP, one node, H2",
          ocsp(fleet, List.of(server), certificates.subList(0, REVOKED)),
          "aim 250 ms");
      say(
          "CRL, one node, H2, crl.debounce 15s",
          crl(fleet, server, certificates.subList(REVOKED, REVOKED + LISTED)),
          "aim 60 s");
    }
  }

  private void threeNodes() throws Exception {
    var password = folder.resolve("password");
    PrivateFile.write(password, "any\n");
    var np = folder.resolve("node-1");
    var fleet =
        Fleet.init(
            np,
            Optional.of(
                new InitOptions.Postgresql(Postgresql.durableUrl(), Postgresql.USER, password)));
    var servers = new ArrayList<MeasuredServer>();
    try {
      servers.add(server(np));
      for (int node = 2; node <= NODES; node++) {
        var name = "node-" + node;
        servers.add(server(Fleet.anotherNode(np, folder.resolve(name), name)));
      }
      var certificates = certificates(fleet, servers.getFirst(), REVOKED);
      say(
          "OCSP, the last of " + NODES + " nodes, PostgreSQL",
          ocsp(fleet, servers, certificates),
          "aim 1 s");
    } finally {
      for (var server : servers) {
        server.close();
      }
    }
  }

  /// How long each took until every server said so, having its answer in memory before. It is
  /// revoked through the first one.
  private static Latencies ocsp(
      Fleet fleet, List<MeasuredServer> servers, List<Certificate> certificates) throws Exception {
    var latencies = new Latencies();
    try (var admin = fleet.admin(servers.getFirst());
        var threads = Executors.newFixedThreadPool(servers.size())) {
      var relyingParties = new ArrayList<RelyingParty>();
      for (var server : servers) {
        relyingParties.add(new RelyingParty(server, fleet.issuing()));
      }
      for (var certificate : certificates) {
        var began = new CountDownLatch(1);
        var seen = new ArrayList<Future<Long>>();
        for (var relyingParty : relyingParties) {
          if (relyingParty.saysRevoked(certificate)) {
            throw new IllegalStateException("revoked already: " + certificate);
          }
          seen.add(
              threads.submit(() -> {
                began.await();
                return relyingParty.seesRevoked(certificate);
              }));
        }
        long start = System.nanoTime();
        began.countDown();
        fleet.revoke(admin, certificate);
        long last = start;
        for (var each : seen) {
          last = Math.max(last, each.get());
        }
        latencies.add(last - start);
      }
      for (var relyingParty : relyingParties) {
        relyingParty.connection.close();
      }
    }
    return latencies;
  }

  /// Asks one server for the status of certificates.
  private record RelyingParty(HttpConnection connection, Certificate issuing) {

    RelyingParty(MeasuredServer server, Certificate issuing) throws IOException {
      this(HttpConnection.open(server.statusUrl(), SocketFactory.getDefault()), issuing);
    }

    boolean saysRevoked(Certificate certificate) throws IOException {
      return OcspQueries.saysRevoked(
          OcspBench.POST.on(connection, OcspQueries.about(issuing, certificate.serial())).body());
    }

    /// When it first did, asked every millisecond.
    long seesRevoked(Certificate certificate) throws IOException {
      long end = System.nanoTime() + LOST.toNanos();
      while (!saysRevoked(certificate)) {
        if (System.nanoTime() > end) {
          throw new IllegalStateException("a revocation was not seen for " + LOST);
        }
        LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
      }
      return System.nanoTime();
    }
  }

  /// How long each took until the CRL at its place had it, while they went on coming.
  private static Latencies crl(Fleet fleet, MeasuredServer server, List<Certificate> certificates)
      throws Exception {
    var latencies = new Latencies();
    var waiting = new HashMap<SerialNumber, Long>();
    var path = StatusUrls.crlPath(IssuerId.of(fleet.issuing().publicKey()), CrlScope.END_ENTITIES);
    try (var admin = fleet.admin(server);
        var status = HttpConnection.open(server.statusUrl(), SocketFactory.getDefault())) {
      long began = System.nanoTime();
      int sent = 0;
      while (sent < certificates.size() || !waiting.isEmpty()) {
        if (sent < certificates.size() && System.nanoTime() - began > sent * PACE.toNanos()) {
          var certificate = certificates.get(sent++);
          waiting.put(certificate.serial(), System.nanoTime());
          fleet.revoke(admin, certificate);
        }
        var listed = listed(status, path);
        long now = System.nanoTime();
        waiting
            .entrySet()
            .removeIf(each -> {
              if (now - each.getValue() > LOST.toNanos()) {
                throw new IllegalStateException("a revocation was not listed for " + LOST);
              }
              boolean isListed = listed.contains(each.getKey());
              if (isListed) {
                latencies.add(now - each.getValue());
              }
              return isListed;
            });
        LockSupport.parkNanos(LOOK.toNanos());
      }
    }
    return latencies;
  }

  private static Set<SerialNumber> listed(HttpConnection status, String path) throws Exception {
    var crl = Crl.parse(status.get(path).body());
    Iterable<SerialNumber> serials = crl::serials;
    return StreamSupport.stream(serials.spliterator(), false).collect(Collectors.toSet());
  }

  private static List<Certificate> certificates(Fleet fleet, MeasuredServer server, int count)
      throws Exception {
    return fleet.enroll(server, count).stream().map(Fleet.Device::certificate).toList();
  }

  private MeasuredServer server(Path np) throws IOException {
    return MeasuredServer.nameplate(
        Files.createDirectories(folder).resolve("server.log"),
        ServerProcess.NAMEPLATE,
        np.toString());
  }

  private void say(String what, Latencies latencies, String aim) {
    report.say(
        "  %s, %d revocations: p50 %.1f ms, p99 %.1f ms, longest %.1f ms (%s)"
            .formatted(
                what,
                latencies.count(),
                latencies.millis(0.5),
                latencies.millis(0.99),
                latencies.millis(1),
                aim));
  }
}
