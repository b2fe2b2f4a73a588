package dev.nameplate.bench;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.audit.ChainHead;
import dev.nameplate.ca.audit.Checkpoint;
import dev.nameplate.ca.audit.SignedCheckpoint;
import dev.nameplate.ca.signing.CertifiedKey;
import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.store.CheckpointStore;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.Core;
import dev.nameplate.server.Nameplate;
import dev.nameplate.server.ProfileFiles;
import dev.nameplate.server.ServiceSigners;
import dev.nameplate.server.SettingsFile;
import dev.nameplate.server.audit.AuditArchive;
import dev.nameplate.server.audit.AuditCheck;
import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.server.setup.Initialization;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// How long it takes to check an audit log of a million rows with a thousand checkpoints: in the
/// database, and as a file.
final class AuditBench {

  private static final int ROWS = 1_000_000;
  private static final int ROWS_PER_CHECKPOINT = 1_000;
  private static final String CHAIN = "20200101T000000Z-bench000";

  private final Report report;
  private final Path folder;

  AuditBench(Report report, Path folder) {
    this.report = report;
    this.folder = folder;
  }

  void run() throws Exception {
    report.section("An audit log of a million rows and a thousand checkpoints");
    var dir = folder.resolve("np");
    var made = Initialization.run(InitOptions.onFreePorts(dir, "Bench"), _ -> {});
    var roots = List.of(Pem.decodeCertificates(Files.readString(made.trust())).getFirst());
    var archive = folder.resolve("audit.ndjson");
    try (var core = Nameplate.core(SettingsFile.read(dir))) {
      core.authorities().refresh();
      fill(core, dir);
      measured(
          "checked in H2",
          () ->
              AuditCheck.run(
                  core.database().audit(), core.database().checkpoints(), roots, List.of()));
      long began = System.nanoTime();
      try (var to = Files.newOutputStream(archive)) {
        AuditArchive.write(
            to,
            core.database().audit(),
            core.database().checkpoints(),
            "bench",
            core.clock().instant());
      }
      report.say(
          "  exported in %.1f s, %,d MB"
              .formatted(seconds(began), Files.size(archive) / 1_000_000));
    }
    check(archive, roots);
  }

  private void check(Path archive, List<Certificate> roots) throws Exception {
    measured("the file checked", () -> AuditArchive.verify(archive, roots, List.of()));
  }

  private interface Checking {
    AuditCheck.Findings run() throws Exception;
  }

  private void measured(String what, Checking checking) throws Exception {
    long began = System.nanoTime();
    var found = checking.run();
    double took = seconds(began);
    if (!(found.verdict() instanceof AuditVerdict.Intact(var rows, _))) {
      throw new IllegalStateException("the log is not intact: " + found);
    }
    report.say(
        String.format(
            Locale.ROOT,
            "  %-18s %,d rows, %,d checkpoints in %.1f s (%,.0f rows/s; heap at most %,d MB)",
            what,
            rows,
            found.checkpoints(),
            took,
            rows / took,
            Runtime.getRuntime().maxMemory() / 1_000_000));
  }

  /// With hashes as the writer makes them, and without its flush for each group.
  private void fill(Core core, Path dir) throws Exception {
    var profiles = ProfileFiles.load(dir.resolve("profiles"));
    var signers = ServiceSigners.first(core, profiles, "main");
    var _ = signers.run(core.clock().instant());
    var key = signers.signer(SignerPurpose.AUDIT);
    long began = System.nanoTime();
    var previous = Optional.<SignedCheckpoint>empty();
    var hash = AuditRow.NOTHING_BEFORE;
    try (var connection =
            DriverManager.getConnection(
                "jdbc:h2:file:" + dir.resolve("data/nameplate"), "nameplate", "");
        var rows =
            connection.prepareStatement(
                """
                INSERT INTO audit_row (chain, sequence, at_micros, previous_hash, payload_hash,
                                       hash, kind, subject)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """);
        var payloads =
            connection.prepareStatement("INSERT INTO audit_payload (hash, json) VALUES (?, ?)")) {
      connection.setAutoCommit(false);
      var at = core.clock().instant();
      for (int sequence = 1; sequence <= ROWS; sequence++) {
        var event =
            sequence == 1
                ? new AuditEvent.ChainStarted("bench", "", 0, AuditRow.NOTHING_BEFORE)
                : new AuditEvent.UnauthenticatedRefusals("number " + sequence, at, sequence);
        var row = AuditRow.next(CHAIN, sequence, at, hash, event);
        hash = row.hash();
        insert(rows, payloads, row);
        if (sequence % ROWS_PER_CHECKPOINT == 0) {
          rows.executeBatch();
          payloads.executeBatch();
          connection.commit();
          previous = Optional.of(checkpoint(core, previous, key, at, row));
        }
      }
      end(connection, hash);
    }
    report.say("  filled in %.1f s".formatted(seconds(began)));
  }

  private static SignedCheckpoint checkpoint(
      Core core, Optional<SignedCheckpoint> previous, CertifiedKey key, Instant at, AuditRow row) {
    long number = previous.map(of -> of.checkpoint().number()).orElse(0L) + 1;
    var signed =
        SignedCheckpoint.sign(
            new Checkpoint(
                number,
                "main",
                at,
                row.sequence(),
                previous.map(of -> new Checkpoint.Previous(of.checkpoint().number(), of.sha256())),
                List.of(new ChainHead(CHAIN, row.sequence(), row.hash())),
                List.of(),
                Optional.empty()),
            key);
    boolean added =
        core.database()
            .checkpoints()
            .addCheckpoint(
                new CheckpointStore.Stored(number, at, "main", signed.jws()), number - 1);
    if (!added) {
      throw new IllegalStateException("checkpoint " + number + " was not added");
    }
    return signed;
  }

  private static void insert(PreparedStatement rows, PreparedStatement payloads, AuditRow row)
      throws SQLException {
    rows.setString(1, row.chain());
    rows.setLong(2, row.sequence());
    rows.setLong(3, row.atMicros());
    rows.setString(4, row.previousHash());
    rows.setString(5, row.payloadHash());
    rows.setString(6, row.hash());
    rows.setString(7, row.kind());
    rows.setString(8, null);
    rows.addBatch();
    payloads.setString(1, row.payloadHash());
    payloads.setString(2, row.payload().orElseThrow());
    payloads.addBatch();
  }

  private static void end(Connection connection, String hash) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            """
            INSERT INTO audit_chain (chain, node, started_at, sequence, hash, commits)
            VALUES (?, 'bench', 0, ?, ?, 0)
            """)) {
      statement.setString(1, CHAIN);
      statement.setLong(2, ROWS);
      statement.setString(3, hash);
      statement.executeUpdate();
    }
    connection.commit();
  }

  private static double seconds(long began) {
    return (System.nanoTime() - began) / 1e9;
  }
}
