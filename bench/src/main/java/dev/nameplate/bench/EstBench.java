package dev.nameplate.bench;

import dev.nameplate.bench.Fleet.Device;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.server.LiveAuthorities;
import dev.nameplate.server.Nameplate;
import dev.nameplate.server.PrivateFile;
import dev.nameplate.server.SettingsFile;
import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.store.testing.Postgresql;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/// Enrollment over EST on a server in a process of its own, as `nameplate init` and `serve` make
/// it: SoftHSM, H2 on disk or PostgreSQL, TLS 1.3 with client certificates. What counts is what the
/// server's processor time buys, beside what the TLS and the token alone cost in the same run.
final class EstBench {

  private static final int DEVICES = 128;

  /// `-Dbench.each=500` for a look, on a machine that others use, too.
  private static final int EACH = Integer.getInteger("bench.each", 2_000);

  private static final int RAW = 2 * EACH;
  private static final int SIGNATURES = 10 * EACH;
  private static final int WARM_UP = Integer.getInteger("bench.warmup", 10 * EACH);
  private static final List<Integer> CLIENTS =
      Arrays.stream(System.getProperty("bench.clients", "1,4,16,64").split(",", -1))
          .map(Integer::valueOf)
          .toList();
  private static final String REENROLL = "/.well-known/est/simplereenroll";
  private static final Map<String, String> PKCS10 = Map.of("Content-Type", "application/pkcs10");

  private final Report report;
  private final Path folder;
  private final Optional<InitOptions.Postgresql> postgresql;

  private EstBench(Report report, Path folder, Optional<InitOptions.Postgresql> postgresql) {
    this.report = report;
    this.folder = folder;
    this.postgresql = postgresql;
  }

  static EstBench onH2(Report report, Path folder) {
    return new EstBench(report, folder, Optional.empty());
  }

  /// On a PostgreSQL server of its own, whose processor time is not the measured server's.
  static EstBench onPostgresql(Report report, Path folder) throws IOException {
    var password = folder.resolve("password");
    PrivateFile.write(password, "any\n");
    return new EstBench(
        report,
        folder,
        Optional.of(
            new InitOptions.Postgresql(Postgresql.durableUrl(), Postgresql.USER, password)));
  }

  /// A request for another certificate of a device, for a key of its own.
  private record Renewal(Device device, Der csr) {}

  void run() throws Exception {
    report.section(
        "EST on P-256, the server in its own process, TLS 1.3, durable on "
            + (postgresql.isPresent() ? "PostgreSQL" : "H2")
            + ", SoftHSM");
    var np = folder.resolve("np");
    var log = folder.resolve("server.log");
    var fleet = Fleet.init(np, postgresql);
    signatures(np);
    try (var server = MeasuredServer.nameplate(log, ServerProcess.NAMEPLATE, np.toString())) {
      var devices = fleet.enroll(server, DEVICES);
      var renewals = renewals(devices, WARM_UP + EACH * CLIENTS.size() * 3).iterator();
      kept(server, 8, next(renewals, WARM_UP));
      double freshHandshake;
      double resumption;
      try (var raw = MeasuredServer.nameplate(log, ServerProcess.STATIC, np.toString(), "JDK")) {
        report.cost("raw mutual handshakes, the JDK's TLS, 8 clients", raw(raw, devices, true));
      }
      try (var raw =
          MeasuredServer.nameplate(log, ServerProcess.STATIC, np.toString(), "CONSCRYPT")) {
        var fresh = raw(raw, devices, true);
        report.cost("raw mutual handshakes, Conscrypt, 8 clients", fresh);
        freshHandshake = fresh.cpuMicros();
        var resumed = raw(raw, devices, false);
        report.cost("raw resumed handshakes, Conscrypt, 8 clients", resumed);
        resumption = resumed.cpuMicros();
      }
      for (int clients : CLIENTS) {
        var kept = kept(server, clients, next(renewals, EACH));
        report.cost(clients + " clients, kept connections", kept);
        var fresh = connecting(server, clients, next(renewals, EACH), true);
        report.cost(
            clients + " clients, a fresh mutual handshake each",
            fresh,
            "a raw handshake and a kept enrollment",
            freshHandshake + kept.cpuMicros());
        var resumed = connecting(server, clients, next(renewals, EACH), false);
        report.cost(
            clients + " clients, a resumed handshake each",
            resumed,
            "a raw resumption and a kept enrollment",
            resumption + kept.cpuMicros());
      }
    }
  }

  private void signatures(Path np) throws Exception {
    try (var core = Nameplate.core(SettingsFile.read(np))) {
      core.authorities().refresh();
      var key = core.authorities().withRole(LiveAuthorities.ISSUING).key();
      report.limit(
          "raw signatures by the token, each checked, 8 callers",
          Load.perSecond(
              8,
              IntStream.range(0, SIGNATURES).boxed().toList(),
              () -> number -> key.sign(new byte[] {(byte) (int) number})));
    }
  }

  private static List<Renewal> renewals(List<Device> devices, int count) throws Exception {
    var numbers = new ArrayList<Integer>();
    for (int i = 0; i < count; i++) {
      numbers.add(i);
    }
    var renewals = Collections.synchronizedList(new ArrayList<Renewal>());
    Load.perSecond(
        2,
        numbers,
        () ->
            number -> {
              var device = devices.get(number % devices.size());
              var key = SoftwareKey.generate(KeyType.EC_P256);
              renewals.add(new Renewal(device, Der.of(Fleet.request(device.id(), key))));
            });
    return renewals;
  }

  private static List<Renewal> next(Iterator<Renewal> renewals, int count) {
    var next = new ArrayList<Renewal>();
    while (next.size() < count) {
      next.add(renewals.next());
    }
    return next;
  }

  /// One connection for each device, all of them open before the first request.
  private static Rate kept(MeasuredServer server, int clients, List<Renewal> renewals)
      throws Exception {
    var connections = new ConcurrentHashMap<Device, HttpConnection>();
    try {
      for (var renewal : renewals) {
        if (!connections.containsKey(renewal.device())) {
          connections.put(renewal.device(), open(server.url(), renewal.device(), false));
        }
      }
      return Load.measure(
          clients,
          renewals,
          () ->
              renewal -> {
                var connection = Objects.requireNonNull(connections.get(renewal.device()));
                synchronized (connection) {
                  Fleet.expect(200, connection.post(REENROLL, PKCS10, renewal.csr().toByteArray()));
                }
              },
          server::cpu);
    } finally {
      for (var connection : connections.values()) {
        connection.close();
      }
    }
  }

  private static Rate connecting(
      MeasuredServer server, int clients, List<Renewal> renewals, boolean fresh) throws Exception {
    return Load.measure(
        clients,
        renewals,
        () ->
            renewal -> {
              try (var connection = open(server.url(), renewal.device(), fresh)) {
                Fleet.expect(200, connection.post(REENROLL, PKCS10, renewal.csr().toByteArray()));
              }
            },
        server::cpu);
  }

  private static Rate raw(MeasuredServer server, List<Device> devices, boolean fresh)
      throws Exception {
    var visits = new ArrayList<Device>();
    for (int i = 0; i < RAW; i++) {
      visits.add(devices.get(i % devices.size()));
    }
    return Load.measure(
        8,
        visits,
        () ->
            device -> {
              try (var connection = open(server.url(), device, fresh)) {
                Fleet.expect(200, connection.post("/", Map.of(), new byte[500]));
              }
            },
        server::cpu);
  }

  /// @param fresh with nothing remembered of earlier connections
  private static HttpConnection open(URI url, Device device, boolean fresh) throws Exception {
    return HttpConnection.open(url, device.tls().sockets(fresh));
  }
}
