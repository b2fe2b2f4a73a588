package dev.nameplate.bench;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.store.Database;
import dev.nameplate.store.DatabaseSettings;
import dev.nameplate.store.testing.Postgresql;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// How long OCSP's look into the store takes as the table of certificates grows: one caller, random
/// serials that were issued, of which every hundredth is revoked.
final class StatusGrowthBench {

  private static final IssuerId ISSUER = new IssuerId("ab".repeat(32));
  private static final List<Integer> SIZES = List.of(1_000, 10_000, 100_000, 1_000_000, 10_000_000);
  private static final int LOOKUPS = 20_000;
  private static final int WARM = 5_000;
  private static final int AT_ONCE = 20_000;

  /// The databases, and how each makes many rows of one statement.
  private enum Kind {
    H2(
        "SYSTEM_RANGE(?, ?)",
        "LOWER(RAWTOHEX(HASH('MD5', STRINGTOUTF8(CAST(x AS VARCHAR)))))",
        "CAST(REPEAT('00', %d) AS VARBINARY)",
        "ANALYZE"),
    POSTGRESQL(
        "generate_series(CAST(? AS BIGINT), CAST(? AS BIGINT)) x",
        "md5(CAST(x AS VARCHAR))",
        "decode(repeat('00', %d), 'hex')",
        "VACUUM ANALYZE certificate");

    private final String range;
    private final String md5;
    private final String bytes;
    private final String settle;

    Kind(String range, String md5, String bytes, String settle) {
      this.range = range;
      this.md5 = md5;
      this.bytes = bytes;
      this.settle = settle;
    }

    /// Certificates as they are with EC keys, in bytes; serials are hashes of their numbers.
    private String insert() {
      return """
      INSERT INTO certificate (issuer_id, serial, issuer_name_sha256, owner_kind, owner_id, epoch,
                               label, profile_version, spki_sha256, sameness, credential, tbs, der,
                               der_sha256, state, crl_scope, not_before, not_after, reserved_at,
                               issued_at, revoked_at, revocation_reason, listed_serial)
      SELECT '%1$s', CONCAT('00000000', h), '%1$s', 'device', 'pump', 1, 'device', '%1$s',
             CONCAT(h, h), CONCAT(h, h), 'secret', %3$s, %4$s, CONCAT(h, h), 'ISSUED',
             'end-entities', 0, 4000000000000000, x, x, CASE WHEN MOD(x, 100) = 0 THEN x END,
             CASE WHEN MOD(x, 100) = 0 THEN 4 END,
             CASE WHEN MOD(x, 100) = 0 THEN CONCAT('00000000', h) END
      FROM (SELECT x, %2$s AS h FROM %5$s) AS numbered
      """
          .formatted(ISSUER.hex(), md5, bytes.formatted(550), bytes.formatted(650), range);
    }
  }

  private final Report report;
  private final Path folder;
  private final int largest;
  private final Random random = new Random(1);

  /// @param largest how many certificates there are in the end
  StatusGrowthBench(Report report, Path folder, int largest) {
    this.report = report;
    this.folder = folder;
    this.largest = largest;
  }

  void run() throws Exception {
    report.section("OCSP's look into the store as it grows: 1 caller, random issued serials");
    grow(Kind.POSTGRESQL, new DatabaseSettings(Postgresql.freshUrl(), Postgresql.USER, () -> ""));
    grow(Kind.H2, new DatabaseSettings("jdbc:h2:file:" + folder.resolve("growth"), "sa", () -> ""));
  }

  private void grow(Kind kind, DatabaseSettings settings) throws Exception {
    try (var database =
            Database.open(
                settings,
                InstantSource.system(),
                random,
                "bench",
                fatal -> report.say("the store gave up: " + fatal));
        var connection = DriverManager.getConnection(settings.url(), settings.user(), "")) {
      execute(
          connection,
          """
          INSERT INTO owner (kind, id, folded, epoch, state, label, registered_at)
          VALUES ('device', 'pump', 'pump', 1, 'ACTIVE', 'device', 0)
          """);
      int filled = 0;
      for (int size : SIZES) {
        if (size > largest) {
          break;
        }
        double seconds = fill(kind, connection, filled, size);
        filled = size;
        var took = lookups(database, size);
        report.say(
            String.format(
                Locale.ROOT,
                "  %-10s %,12d certificates: %6.1f µs median, %6.1f µs p99   (filled in %.1f s)",
                kind,
                size,
                took[LOOKUPS / 2] / 1e3,
                took[LOOKUPS * 99 / 100] / 1e3,
                seconds));
      }
    }
  }

  private static double fill(Kind kind, Connection connection, int from, int to)
      throws SQLException {
    long began = System.nanoTime();
    try (var insert = connection.prepareStatement(kind.insert())) {
      for (int done = from; done < to; done = Math.min(to, done + AT_ONCE)) {
        insert.setLong(1, done + 1L);
        insert.setLong(2, Math.min(to, done + AT_ONCE));
        insert.executeUpdate();
      }
    }
    execute(connection, kind.settle);
    return (System.nanoTime() - began) / 1e9;
  }

  /// Nanoseconds of each lookup, ascending.
  private long[] lookups(Database database, int size) throws Exception {
    var took = new long[LOOKUPS];
    for (int i = -WARM; i < LOOKUPS; i++) {
      int number = 1 + random.nextInt(size);
      var serial = serial(number);
      long began = System.nanoTime();
      var status = database.certificates().status(ISSUER, serial);
      long nanos = System.nanoTime() - began;
      boolean revoked = status instanceof CertificateStatus.Revoked;
      if (revoked != (number % 100 == 0)) {
        throw new IllegalStateException("certificate " + number + " is " + status);
      }
      if (i >= 0) {
        took[i] = nanos;
      }
    }
    Arrays.sort(took);
    return took;
  }

  private static SerialNumber serial(int number) throws Exception {
    var hash =
        MessageDigest.getInstance("MD5")
            .digest(Integer.toString(number).getBytes(StandardCharsets.US_ASCII));
    return SerialNumber.ofHex(HexFormat.of().formatHex(hash));
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
