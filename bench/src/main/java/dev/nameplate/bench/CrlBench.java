package dev.nameplate.bench;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.revocation.CrlListener;
import dev.nameplate.ca.revocation.CrlPublication;
import dev.nameplate.ca.revocation.CrlSchedule;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.server.Core;
import dev.nameplate.server.LiveAuthorities;
import dev.nameplate.server.Nameplate;
import dev.nameplate.server.PrivateFile;
import dev.nameplate.server.SettingsFile;
import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.server.setup.Initialization;
import dev.nameplate.store.testing.Postgresql;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// How long the next CRL takes, from PostgreSQL to PostgreSQL with every check on the way, beside
/// what openssl takes for the same entries from a text file, checking nothing.
final class CrlBench {

  private static final List<Integer> SIZES = List.of(10_000, 100_000, 1_000_000);

  /// Certificates that are all revoked; serials are hashes of their numbers.
  private static final String INSERT =
      """
      INSERT INTO certificate (issuer_id, serial, issuer_name_sha256, owner_kind, owner_id, epoch,
                               label, profile_version, spki_sha256, sameness, credential, tbs, der,
                               der_sha256, state, crl_scope, not_before, not_after, reserved_at,
                               issued_at, revoked_at, revocation_reason, listed_serial)
      SELECT ?, CONCAT('00000000', h), '', 'issuer', o.id, 1, 'device', '', CONCAT(h, h),
             CONCAT(h, h), 'secret', decode('00', 'hex'), decode('00', 'hex'), CONCAT(h, h),
             'ISSUED', 'end-entities', 0, 4000000000000000, x, x, 1700000000000000, 4,
             CONCAT('00000000', h)
      FROM (SELECT x, md5(CAST(x AS VARCHAR)) AS h FROM generate_series(?, ?) x) AS numbered,
           (SELECT id FROM owner WHERE kind = 'issuer' LIMIT 1) AS o
      """;

  private final Report report;
  private final Path folder;

  CrlBench(Report report, Path folder) {
    this.report = report;
    this.folder = folder;
  }

  void run() throws Exception {
    report.section("The next complete CRL, durable on PostgreSQL, signed in SoftHSM");
    var password = folder.resolve("password");
    PrivateFile.write(password, "any\n");
    var postgresql = new InitOptions.Postgresql(Postgresql.durableUrl(), Postgresql.USER, password);
    var np = folder.resolve("np");
    Initialization.run(InitOptions.onFreePorts(np, "Bench", Optional.of(postgresql)), _ -> {});
    try (var core = Nameplate.core(SettingsFile.read(np))) {
      core.authorities().refresh();
      var authority = core.authorities().withRole(LiveAuthorities.ISSUING);
      int filled = 0;
      for (int size : SIZES) {
        fill(postgresql.url(), authority, filled, size);
        filled = size;
        // the first one carries the entries that are new, the second one is the usual case
        publish(core, authority);
        long began = System.nanoTime();
        var crl = publish(core, authority);
        double ours = seconds(began);
        double theirs = openssl(size);
        report.say(
            String.format(
                Locale.ROOT,
                "  %,10d entries, %,11d bytes: %6.2f s; openssl ca -gencrl %6.2f s; ratio %.2f",
                crl.entries(),
                crl.der().length(),
                ours,
                theirs,
                theirs / ours));
      }
    }
  }

  private static PublishedCrl publish(Core core, Authority authority) {
    return new CrlPublication(
            core.database().crls(),
            core.database().certificates(),
            core.clock(),
            CrlSchedule.DEFAULT,
            core.urls(),
            false,
            CrlListener.NONE)
        .publishNow(authority, CrlScope.END_ENTITIES)
        .orElseThrow();
  }

  private static void fill(String url, Authority authority, int from, int to) throws SQLException {
    try (var connection = DriverManager.getConnection(url, Postgresql.USER, "");
        var insert = connection.prepareStatement(INSERT)) {
      insert.setString(1, authority.id().hex());
      insert.setInt(2, from + 1);
      insert.setInt(3, to);
      insert.executeUpdate();
      try (var statement = connection.createStatement()) {
        statement.execute("VACUUM ANALYZE certificate");
      }
    }
  }

  private double openssl(int size) throws Exception {
    var dir = Files.createDirectory(folder.resolve("openssl-" + size));
    Files.writeString(
        dir.resolve("ca.cnf"),
        """
        [ca]
        default_ca = it
        [it]
        database = index.txt
        crlnumber = number
        default_md = sha256
        default_crl_days = 1
        unique_subject = no
        """);
    Files.writeString(dir.resolve("number"), "01\n");
    Files.writeString(dir.resolve("index.txt.attr"), "unique_subject = no\n");
    var md5 = MessageDigest.getInstance("MD5");
    try (var index = Files.newBufferedWriter(dir.resolve("index.txt"))) {
      for (int i = 1; i <= size; i++) {
        var hash = md5.digest(Integer.toString(i).getBytes(StandardCharsets.US_ASCII));
        var serial = HexFormat.of().withUpperCase().formatHex(hash);
        index.write("R\t491231235959Z\t231114221320Z,superseded\t" + serial + "\tunknown\t/CN=x\n");
      }
    }
    run(
        dir,
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ca"
            + " -keyout key.pem -out ca.pem");
    long began = System.nanoTime();
    run(dir, "openssl ca -gencrl -config ca.cnf -keyfile key.pem -cert ca.pem -out crl.pem");
    return seconds(began);
  }

  private static void run(Path dir, String command) throws IOException, InterruptedException {
    var process =
        new ProcessBuilder(command.split(" ", -1))
            .directory(dir.toFile())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("log").toFile())
            .start();
    if (process.waitFor() != 0) {
      throw new IOException(command + ": " + Files.readString(dir.resolve("log")));
    }
  }

  private static double seconds(long began) {
    return Duration.ofNanos(System.nanoTime() - began).toMillis() / 1e3;
  }
}
