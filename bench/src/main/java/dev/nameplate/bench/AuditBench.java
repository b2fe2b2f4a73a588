package dev.nameplate.bench;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.audit.AuditQuery;
import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.audit.ChainHead;
import dev.nameplate.ca.audit.Checkpoint;
import dev.nameplate.ca.audit.SignedCheckpoint;
import dev.nameplate.ca.signing.CertifiedKey;
import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.store.CheckpointStore;
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
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/// How long it takes to check an audit log: a file of a million rows with a thousand checkpoints,
/// and fewer rows in the database.
final class AuditBench {

  private static final int ROWS = 1_000_000;
  private static final int ROWS_IN_H2 = 100_000;
  private static final int ROWS_PER_CHECKPOINT = 1_000;
  private static final String CHAIN = "20200101T000000Z-bench000";

  private final Report report;
  private final Path folder;

  AuditBench(Report report, Path folder) {
    this.report = report;
    this.folder = folder;
  }

  void run() throws Exception {
    report.section("An audit log, with a checkpoint for each thousand rows");
    var dir = folder.resolve("np");
    var made = Initialization.run(InitOptions.onFreePorts(dir, "Bench"), _ -> {});
    var roots = List.of(Pem.decodeCertificates(Files.readString(made.trust())).getFirst());
    var archive = folder.resolve("audit.ndjson");
    try (var core = Nameplate.core(SettingsFile.read(dir))) {
      core.authorities().refresh();
      var signers = ServiceSigners.first(core, ProfileFiles.load(dir.resolve("profiles")), "main");
      var _ = signers.run(core.clock().instant());
      var key = signers.signer(SignerPurpose.AUDIT);
      var at = core.clock().instant();
      write(archive, key, at);
      measured("the file checked", () -> AuditArchive.verify(archive, roots, List.of()));
      fill(core, dir, key, at);
      measured(
          "checked in H2",
          () ->
              AuditCheck.run(
                  core.database().audit(), core.database().checkpoints(), roots, List.of()));
    }
  }

  /// What an export of a million rows would be.
  private void write(Path archive, CertifiedKey key, Instant at) throws IOException {
    long began = System.nanoTime();
    var checkpoints = new ArrayList<CheckpointStore.Stored>();
    var end = rows(ROWS, at, _ -> {}, key, checkpoints::add);
    try (var to = Files.newOutputStream(archive)) {
      AuditArchive.write(
          to, new GeneratedLog(at), new GeneratedCheckpoints(checkpoints, end), "bench", at);
    }
    report.say(
        "  a file of %,d MB made in %.1f s"
            .formatted(Files.size(archive) / 1_000_000, seconds(began)));
  }

  /// Rows that are made when somebody reads them.
  private record GeneratedLog(Instant at) implements AuditLog {

    @Override
    public void append(AuditEvent event) {
      throw new UnsupportedOperationException("a log that is only read");
    }

    @Override
    public void rows(Consumer<AuditRow> each) {
      var hash = AuditRow.NOTHING_BEFORE;
      for (int sequence = 1; sequence <= ROWS; sequence++) {
        var row = row(sequence, at, hash);
        hash = row.hash();
        each.accept(row);
      }
    }

    @Override
    public List<AuditRow> newest(AuditQuery query) {
      throw new UnsupportedOperationException("a log that is read from its beginning");
    }
  }

  private record GeneratedCheckpoints(List<Stored> all, ChainHead end) implements CheckpointStore {

    @Override
    public LogState logState() {
      return new LogState(end.sequence(), List.of(end), List.of(end), List.of());
    }

    @Override
    public Optional<Stored> latestCheckpoint() {
      return Optional.of(all.getLast());
    }

    @Override
    public List<Stored> checkpointsAfter(long number, int limit) {
      return all.stream().skip(number).limit(limit).toList();
    }

    @Override
    public boolean addCheckpoint(Stored next, long after) {
      throw new UnsupportedOperationException("checkpoints that are only read");
    }
  }

  private static AuditRow row(int sequence, Instant at, String previous) {
    var event =
        sequence == 1
            ? new AuditEvent.ChainStarted("bench", "", 0, AuditRow.NOTHING_BEFORE)
            : new AuditEvent.UnauthenticatedRefusals("number " + sequence, at, sequence);
    return AuditRow.next(CHAIN, sequence, at, previous, event);
  }

  private interface Rows {
    void next(AuditRow row);
  }

  /// @return the last row
  private static ChainHead rows(
      int count,
      Instant at,
      Rows each,
      CertifiedKey key,
      Consumer<CheckpointStore.Stored> checkpoints) {
    var previous = Optional.<SignedCheckpoint>empty();
    var hash = AuditRow.NOTHING_BEFORE;
    for (int sequence = 1; sequence <= count; sequence++) {
      var row = row(sequence, at, hash);
      hash = row.hash();
      each.next(row);
      if (sequence % ROWS_PER_CHECKPOINT == 0) {
        var signed = checkpoint(previous, key, at, row);
        checkpoints.accept(
            new CheckpointStore.Stored(signed.checkpoint().number(), at, "main", signed.jws()));
        previous = Optional.of(signed);
      }
    }
    return new ChainHead(CHAIN, count, hash);
  }

  private interface Checking {
    AuditCheck.Findings run() throws Exception;
  }

  private void measured(String what, Checking checking) throws Exception {
    var processor = ManagementFactory.getThreadMXBean();
    long began = System.nanoTime();
    long worked = processor.getCurrentThreadCpuTime();
    var found = checking.run();
    double took = seconds(began);
    double busy = (processor.getCurrentThreadCpuTime() - worked) / 1e9;
    if (!(found.verdict() instanceof AuditVerdict.Intact(var rows, _))) {
      throw new IllegalStateException("the log is not intact: " + found);
    }
    report.say(
        String.format(
            Locale.ROOT,
            "  %-18s %,d rows, %,d checkpoints in %.1f s, %.1f s of a processor (heap at most %,d MB)",
            what,
            rows,
            found.checkpoints(),
            took,
            busy,
            Runtime.getRuntime().maxMemory() / 1_000_000));
  }

  /// With hashes as the writer makes them, and without its flush for each group.
  private void fill(Core core, Path dir, CertifiedKey key, Instant at) throws Exception {
    long began = System.nanoTime();
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
      var end =
          rows(
              ROWS_IN_H2,
              at,
              row -> insert(rows, payloads, row),
              key,
              checkpoint -> {
                commit(connection, rows, payloads);
                boolean added =
                    core.database()
                        .checkpoints()
                        .addCheckpoint(checkpoint, checkpoint.number() - 1);
                if (!added) {
                  throw new IllegalStateException(checkpoint + " was not added");
                }
              });
      end(connection, end.hash());
    }
    report.say("  H2 filled in %.1f s".formatted(seconds(began)));
  }

  private static void commit(
      Connection connection, PreparedStatement rows, PreparedStatement payloads) {
    try {
      rows.executeBatch();
      payloads.executeBatch();
      connection.commit();
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static SignedCheckpoint checkpoint(
      Optional<SignedCheckpoint> previous, CertifiedKey key, Instant at, AuditRow row) {
    return SignedCheckpoint.sign(
        new Checkpoint(
            previous.map(of -> of.checkpoint().number()).orElse(0L) + 1,
            "main",
            at,
            row.sequence(),
            previous.map(of -> new Checkpoint.Previous(of.checkpoint().number(), of.sha256())),
            List.of(new ChainHead(CHAIN, row.sequence(), row.hash())),
            List.of(),
            Optional.empty()),
        key);
  }

  private static void insert(PreparedStatement rows, PreparedStatement payloads, AuditRow row) {
    try {
      rows.setString(1, row.chain());
      rows.setLong(2, row.sequence());
      rows.setLong(3, row.atMicros());
      rows.setString(4, row.previousHash());
      rows.setString(5, row.payloadHash());
      rows.setString(6, row.hash());
      rows.setString(7, row.kind());
      rows.setNull(8, Types.VARCHAR);
      rows.addBatch();
      payloads.setString(1, row.payloadHash());
      payloads.setString(2, row.payload().orElseThrow());
      payloads.addBatch();
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static void end(Connection connection, String hash) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            """
            INSERT INTO audit_chain (chain, node, started_at, sequence, hash, commits)
            VALUES (?, 'bench', 0, ?, ?, 0)
            """)) {
      statement.setString(1, CHAIN);
      statement.setLong(2, ROWS_IN_H2);
      statement.setString(3, hash);
      statement.executeUpdate();
    }
    connection.commit();
  }

  private static double seconds(long began) {
    return (System.nanoTime() - began) / 1e9;
  }
}
