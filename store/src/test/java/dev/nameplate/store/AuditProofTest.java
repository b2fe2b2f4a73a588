package dev.nameplate.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditProof;
import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.audit.AuditVerifier;
import dev.nameplate.ca.audit.ChainHead;
import dev.nameplate.ca.audit.Checkpoint;
import dev.nameplate.ca.audit.MalformedCheckpointException;
import dev.nameplate.ca.audit.SignedCheckpoint;
import dev.nameplate.ca.job.CheckpointJob;
import dev.nameplate.ca.store.CheckpointStore;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestAuthority.Use;
import dev.nameplate.ca.testing.TestSigner;
import dev.nameplate.ca.x509.Der;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Somebody who may do everything with the database changes what was written down, and has all the
/// time to make it fit. What was exported is not in their hands, nor is the key in the token.
@Tag("threat-R8")
class AuditProofTest {

  private static final List<String> TABLES =
      List.of("audit_row", "audit_payload", "audit_chain", "audit_checkpoint");
  private static final int CHAINS = 3;
  private static final int ROWS = 40;

  private final FakeClock clock = new FakeClock();
  private final TestSigner signer = TestSigner.below("Root", "main", clock.instant());
  private final TestSigner thief = TestSigner.below("Root", "main", clock.instant());
  private final List<String> exported = new ArrayList<>();
  private final RandomGenerator random = new Random(20261124);

  /// What was done, and what has to be named.
  private record Tampering(String what, Optional<String> chain, long first, long last) {

    static Tampering of(String what, AuditRow row) {
      return near(what, row, 0);
    }

    /// The one or one of those that follow.
    static Tampering near(String what, AuditRow row, long more) {
      return new Tampering(what, Optional.of(row.chain()), row.sequence(), row.sequence() + more);
    }

    static Tampering ofCheckpoint(String what, long number) {
      return new Tampering(what, Optional.empty(), number, number);
    }

    boolean isNamedBy(AuditVerdict verdict) {
      return switch (verdict) {
        case AuditVerdict.Intact _ -> false;
        case AuditVerdict.Broken(var where, var sequence, _) ->
            chain.isPresent() && where.equals(chain.get()) && first <= sequence && sequence <= last;
        case AuditVerdict.BadCheckpoint(var number, _) ->
            chain.isEmpty() && first <= number && number <= last;
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatNobodyTouchedIsIntact(TestDatabase kind) {
    var settings = kind.fresh();
    try (var database = written(settings)) {
      assertThat(verdict(database))
          .isEqualTo(new AuditVerdict.Intact((long) CHAINS * (ROWS + 1), CHAINS));
    }
  }

  @ParameterizedTest
  @CsvSource({"H2, 200", "POSTGRESQL, 100"})
  void everyTamperingIsFoundAndItsPlaceNamed(TestDatabase kind, int times) throws Exception {
    var settings = kind.fresh();
    int found = 0;
    try (var database = written(settings);
        var connection = DriverManager.getConnection(settings.url(), settings.user(), "")) {
      copy(connection);
      for (int i = 0; i < times; i++) {
        var tampering = tamper(i % 14, database, connection);
        var verdict = verdict(database);
        assertThat(verdict)
            .as("%d: %s", i, tampering)
            .matches(tampering::isNamedBy, "names the place");
        found++;
        putBack(connection);
      }
      assertThat(verdict(database)).isInstanceOf(AuditVerdict.Intact.class);
    }
    assertThat(found).isEqualTo(times);
  }

  private Tampering tamper(int kind, Database database, Connection connection) throws Exception {
    var rows = rows(database);
    var row = rows.get(random.nextInt(rows.size()));
    var chain = rows.stream().filter(each -> each.chain().equals(row.chain())).toList();
    long last = chain.size();
    var checkpoints = database.checkpoints().checkpointsAfter(0, 1000);
    var checkpoint = checkpoints.get(random.nextInt(checkpoints.size()));
    return switch (kind) {
      case 0 -> {
        update(
            connection,
            "UPDATE audit_payload SET json = CONCAT(json, ' ') WHERE hash = '%s'"
                .formatted(row.payloadHash()));
        yield Tampering.of("an edited payload", row);
      }
      case 1 -> {
        updateRow(connection, row, "at_micros = at_micros + 1");
        yield Tampering.of("an edited time", row);
      }
      case 2 -> {
        updateRow(connection, row, random.nextBoolean() ? "kind = 'Issued'" : "subject = 'x'");
        yield Tampering.of("an edited kind or subject", row);
      }
      case 3 -> {
        update(connection, "DELETE FROM audit_row WHERE " + where(row));
        yield Tampering.near("a deleted row", row, 1);
      }
      case 4 -> {
        insertAfter(connection, row, last);
        yield Tampering.near("an inserted row", row, 2);
      }
      case 5 -> {
        var other = chain.get((int) (row.sequence() % last));
        updateRow(connection, row, "sequence = 100000");
        updateRow(connection, other, "sequence = " + row.sequence());
        update(
            connection,
            "UPDATE audit_row SET sequence = %d WHERE chain = '%s' AND sequence = 100000"
                .formatted(other.sequence(), row.chain()));
        yield Tampering.of("swapped rows", row.sequence() < other.sequence() ? row : other);
      }
      case 6 -> {
        var cut = row.sequence() == 1 ? chain.get(1) : row;
        cutBehind(connection, cut.chain(), chain.get((int) cut.sequence() - 2));
        yield Tampering.of("a tail that was cut off", cut);
      }
      case 7 -> {
        var until = rewrite(connection, rows, row);
        yield Tampering.near("a chain that was hashed anew after an edit", row, until);
      }
      case 8 -> {
        var until = rewrite(connection, rows, row);
        resign(connection, checkpoints, rows(database), thief);
        // the exported ones are left
        yield new Tampering(
            "hashed and signed anew",
            Optional.of(row.chain()),
            row.sequence(),
            row.sequence() + until);
      }
      case 9 -> {
        // to the state that this checkpoint signs
        var state = SignedCheckpoint.parse(checkpoint.jws()).checkpoint().chains().getLast();
        if (checkpoint.number() == checkpoints.size()) {
          update(connection, "DELETE FROM audit_checkpoint WHERE number >= " + checkpoint.number());
          yield Tampering.ofCheckpoint("a checkpoint that is rolled back", checkpoint.number());
        }
        update(
            connection,
            "DELETE FROM audit_checkpoint WHERE number > " + checkpoint.number(),
            "DELETE FROM audit_row WHERE chain > '%s'".formatted(state.chain()),
            "DELETE FROM audit_chain WHERE chain > '%s'".formatted(state.chain()));
        var at =
            rows.stream()
                .filter(each ->
                    each.chain().equals(state.chain()) && each.sequence() == state.sequence())
                .findFirst()
                .orElseThrow();
        cutBehind(connection, state.chain(), at);
        var missing = missingAfter(rows, at);
        yield Tampering.of("a database that was put back", missing);
      }
      case 10 -> {
        resign(
            connection,
            checkpoints,
            rows,
            random.nextBoolean()
                ? thief
                : TestSigner.of(
                    signer.authority(), "audit signer main", Use.DEVICE, clock.instant()));
        yield Tampering.ofCheckpoint("signed with another key", 1);
      }
      case 11 -> {
        var jws = checkpoint.jws();
        int at = jws.indexOf('.') + 1 + random.nextInt(jws.length() - jws.indexOf('.') - 1);
        var other = jws.charAt(at) == 'A' ? 'B' : 'A';
        setJws(
            connection, checkpoint.number(), jws.substring(0, at) + other + jws.substring(at + 1));
        yield Tampering.ofCheckpoint("an edited checkpoint", checkpoint.number());
      }
      case 12 -> {
        update(connection, "DELETE FROM audit_checkpoint WHERE number = " + checkpoint.number());
        yield Tampering.ofCheckpoint("a deleted checkpoint", checkpoint.number());
      }
      default -> {
        // a chain that nobody wrote, which hangs on one that is there
        var strange = "20200101T000000Z-00000000";
        var first =
            AuditRow.next(
                strange,
                1,
                clock.instant().minus(Duration.ofDays(1)),
                AuditRow.NOTHING_BEFORE,
                new AuditEvent.ChainStarted("main", row.chain(), row.sequence(), row.hash()));
        insert(connection, first);
        yield Tampering.of("a chain that was added", first);
      }
    };
  }

  /// Of the first chain that misses rows now, by name, the first that is missing.
  private static AuditRow missingAfter(List<AuditRow> rows, AuditRow head) {
    return rows.stream()
        .filter(row -> row.chain().equals(head.chain()) && row.sequence() == head.sequence() + 1)
        .findFirst()
        .orElseGet(() ->
            rows.stream()
                .filter(row -> row.chain().compareTo(head.chain()) > 0 && row.sequence() == 1)
                .min((a, b) -> a.chain().compareTo(b.chain()))
                .orElseThrow());
  }

  private static void cutBehind(Connection connection, String chain, AuditRow head)
      throws SQLException {
    update(
        connection,
        "DELETE FROM audit_row WHERE chain = '%s' AND sequence > %d"
            .formatted(chain, head.sequence()),
        "UPDATE audit_chain SET sequence = %d, hash = '%s' WHERE chain = '%s'"
            .formatted(head.sequence(), head.hash(), chain));
  }

  /// Edits a row, and hashes everything anew that hangs on it, in all chains.
  ///
  /// @return how many rows after it the next one is that a checkpoint signs
  private long rewrite(Connection connection, List<AuditRow> rows, AuditRow edited)
      throws SQLException, MalformedCheckpointException {
    var anew = new ArrayList<AuditRow>();
    var renamed = new HashMap<String, String>();
    var ordered = new ArrayList<>(rows);
    ordered.sort((a, b) ->
        a.chain().equals(b.chain())
            ? Long.compare(a.sequence(), b.sequence())
            : a.chain().compareTo(b.chain()));
    var before = AuditRow.NOTHING_BEFORE;
    for (var row : ordered) {
      var json = row.payload().orElseThrow();
      for (var each : renamed.entrySet()) {
        json = row.sequence() == 1 ? json.replace(each.getKey(), each.getValue()) : json;
      }
      if (row.equals(edited)) {
        json =
            row.sequence() == 1
                ? json.replace("\"node\":\"test\"", "\"node\":\"tost\"")
                : json.replace("number", "nomber");
      }
      var payloadHash = HexFormat.of().formatHex(Der.sha256(json.getBytes(StandardCharsets.UTF_8)));
      var previous = row.sequence() == 1 ? AuditRow.NOTHING_BEFORE : before;
      var draft = with(row, previous, payloadHash, row.hash(), json);
      var made = with(row, previous, payloadHash, draft.expectedHash(), json);
      if (!made.hash().equals(row.hash())) {
        renamed.put(row.hash(), made.hash());
      }
      before = made.hash();
      anew.add(made);
    }
    update(connection, "DELETE FROM audit_row", "DELETE FROM audit_payload");
    for (var row : anew) {
      insert(connection, row);
      update(
          connection,
          "UPDATE audit_chain SET hash = '%s' WHERE chain = '%s' AND sequence = %d"
              .formatted(row.hash(), row.chain(), row.sequence()));
    }
    for (var jws : exported) {
      for (var head : SignedCheckpoint.parse(jws).checkpoint().chains()) {
        if (head.chain().equals(edited.chain()) && head.sequence() >= edited.sequence()) {
          return head.sequence() - edited.sequence();
        }
      }
    }
    throw new IllegalStateException("no checkpoint signs row " + edited.sequence());
  }

  private static AuditRow with(
      AuditRow row, String previous, String payloadHash, String hash, String json) {
    return new AuditRow(
        row.chain(),
        row.sequence(),
        row.at(),
        previous,
        payloadHash,
        hash,
        row.kind(),
        row.subject(),
        Optional.of(json));
  }

  /// The same checkpoints over the rows as they are now, by somebody else.
  private static void resign(
      Connection connection,
      List<CheckpointStore.Stored> checkpoints,
      List<AuditRow> rows,
      TestSigner by)
      throws Exception {
    var previous = Optional.<SignedCheckpoint>empty();
    for (var stored : checkpoints) {
      var was = SignedCheckpoint.parse(stored.jws()).checkpoint();
      var before = previous;
      var is =
          new Checkpoint(
              was.number(),
              was.node(),
              was.at(),
              was.rows(),
              before.map(of -> new Checkpoint.Previous(of.checkpoint().number(), of.sha256())),
              was.chains().stream()
                  .map(head ->
                      new ChainHead(
                          head.chain(),
                          head.sequence(),
                          rows.stream()
                              .filter(row ->
                                  row.chain().equals(head.chain())
                                      && row.sequence() == head.sequence())
                              .findFirst()
                              .orElseThrow()
                              .hash()))
                  .toList(),
              was.crls(),
              was.lost());
      var signed = SignedCheckpoint.sign(is, by.key());
      setJws(connection, stored.number(), signed.jws());
      previous = Optional.of(signed);
    }
  }

  private static void setJws(Connection connection, long number, String jws) throws SQLException {
    update(
        connection,
        "UPDATE audit_checkpoint SET jws = '%s' WHERE number = %d".formatted(jws, number));
  }

  private static void insertAfter(Connection connection, AuditRow row, long last)
      throws SQLException {
    for (long sequence = last; sequence > row.sequence(); sequence--) {
      update(
          connection,
          "UPDATE audit_row SET sequence = %d WHERE chain = '%s' AND sequence = %d"
              .formatted(sequence + 1, row.chain(), sequence));
    }
    insert(
        connection,
        AuditRow.next(
            row.chain(),
            row.sequence() + 1,
            row.at(),
            row.hash(),
            new AuditEvent.ServerStopped("somebody")));
  }

  private static void insert(Connection connection, AuditRow row) throws SQLException {
    var payload = row.payload().orElseThrow();
    Sql.update(
        connection,
        """
        INSERT INTO audit_payload (hash, json)
        SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM audit_payload WHERE hash = ?)
        """,
        row.payloadHash(),
        payload,
        row.payloadHash());
    Sql.update(
        connection,
        """
        INSERT INTO audit_row (chain, sequence, at_micros, previous_hash, payload_hash, hash, kind,
                               subject)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        row.chain(),
        row.sequence(),
        row.at(),
        row.previousHash(),
        row.payloadHash(),
        row.hash(),
        row.kind(),
        row.subject());
  }

  private static void updateRow(Connection connection, AuditRow row, String what)
      throws SQLException {
    update(connection, "UPDATE audit_row SET " + what + " WHERE " + where(row));
  }

  private static String where(AuditRow row) {
    return "chain = '%s' AND sequence = %d".formatted(row.chain(), row.sequence());
  }

  private static void update(Connection connection, String... statements) throws SQLException {
    for (var statement : statements) {
      Sql.execute(connection, statement);
    }
  }

  private static void copy(Connection connection) throws SQLException {
    for (var table : TABLES) {
      update(connection, "CREATE TABLE copy_of_" + table + " AS SELECT * FROM " + table);
    }
  }

  private static void putBack(Connection connection) throws SQLException {
    for (var table : TABLES) {
      update(
          connection,
          "DELETE FROM " + table,
          "INSERT INTO " + table + " SELECT * FROM copy_of_" + table);
    }
  }

  /// Three lives of a node, with a checkpoint after every few rows.
  private Database written(DatabaseSettings settings) {
    for (int i = 1; i < CHAINS; i++) {
      live(settings).close();
      clock.advance(Duration.ofMinutes(1));
    }
    return live(settings);
  }

  private Database live(DatabaseSettings settings) {
    var database = Database.open(settings, clock, new Random(4), "test", _ -> {});
    var job =
        new CheckpointJob(
            database.checkpoints(),
            signer::key,
            "main",
            new CheckpointJob.Rule(Duration.ofMinutes(1), 7, Duration.ofHours(1)),
            () -> false);
    for (int i = 0; i < ROWS; i++) {
      clock.advance(Duration.ofSeconds(2));
      database
          .audit()
          .append(new AuditEvent.UnauthenticatedRefusals("number " + i, clock.instant(), i));
      var _ = job.run(clock.instant());
    }
    var _ = job.finish(clock.instant());
    exported.clear();
    database.checkpoints().checkpointsAfter(0, 1000).forEach(each -> exported.add(each.jws()));
    return database;
  }

  private AuditVerdict verdict(Database database) {
    var proof = new AuditProof(List.of(signer.root()));
    database
        .checkpoints()
        .checkpointsAfter(0, 1000)
        .forEach(each -> proof.checkpoint(each.number(), each.jws()));
    exported.forEach(proof::exported);
    database.checkpoints().logState().ends().forEach(proof::end);
    var verifier = new AuditVerifier(proof);
    database.audit().rows(verifier::next);
    database.checkpoints().logState().ends().forEach(verifier::end);
    return verifier.verdict();
  }

  private static List<AuditRow> rows(Database database) {
    var rows = new ArrayList<AuditRow>();
    database.audit().rows(rows::add);
    return rows;
  }
}
