package dev.nameplate.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.audit.AuditVerifier;
import dev.nameplate.ca.testing.FakeClock;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Somebody who may write to the database changes what was written down.
class AuditTamperingTest {

  private static final int ROWS = 6;

  private final FakeClock clock = new FakeClock();

  @ParameterizedTest
  @EnumSource
  void whatNobodyTouchedIsIntact(TestDatabase kind) throws SQLException {
    assertThat(verdictAfter(kind)).isEqualTo(new AuditVerdict.Intact(ROWS, 1));
  }

  @ParameterizedTest
  @EnumSource
  void anEditedRowIsNamed(TestDatabase kind) throws SQLException {
    assertThat(broken(kind, "UPDATE audit_row SET at_micros = at_micros + 1 WHERE sequence = 4"))
        .isEqualTo("4: its hash does not fit its content");
  }

  @ParameterizedTest
  @EnumSource
  void anEditedRowWithItsHashMadeToFitIsNamedByTheNext(TestDatabase kind) throws SQLException {
    assertThat(
            broken(
                kind,
                "UPDATE audit_row SET hash = REPLACE(hash, SUBSTRING(hash, 1, 4), '0000')"
                    + " WHERE sequence = 4"))
        .startsWith("4:");
  }

  @ParameterizedTest
  @EnumSource
  void anEditedPayloadIsNamed(TestDatabase kind) throws SQLException {
    assertThat(
            broken(
                kind,
                """
                UPDATE audit_payload SET json = REPLACE(json, 'number 3', 'number 9')
                """))
        .isEqualTo("4: its payload was changed");
  }

  @ParameterizedTest
  @EnumSource
  void anEditedKindOrSubjectIsNamed(TestDatabase kind) throws SQLException {
    assertThat(broken(kind, "UPDATE audit_row SET kind = 'Issued' WHERE sequence = 3"))
        .startsWith("3:");
    assertThat(broken(kind, "UPDATE audit_row SET subject = 'device:x' WHERE sequence = 3"))
        .startsWith("3:");
  }

  @ParameterizedTest
  @EnumSource
  void aDeletedRowIsNamed(TestDatabase kind) throws SQLException {
    assertThat(broken(kind, "DELETE FROM audit_row WHERE sequence = 3"))
        .isEqualTo("4: row 3 is missing");
  }

  @ParameterizedTest
  @EnumSource
  void theFirstRowIsMissed(TestDatabase kind) throws SQLException {
    assertThat(broken(kind, "DELETE FROM audit_row WHERE sequence = 1"))
        .isEqualTo("2: row 1 is missing");
  }

  @ParameterizedTest
  @EnumSource
  void swappedRowsAreNamed(TestDatabase kind) throws SQLException {
    assertThat(
            broken(
                kind,
                "UPDATE audit_row SET sequence = 99 WHERE sequence = 3",
                "UPDATE audit_row SET sequence = 3 WHERE sequence = 4",
                "UPDATE audit_row SET sequence = 4 WHERE sequence = 99"))
        .startsWith("3:");
  }

  @ParameterizedTest
  @EnumSource
  void anErasedPayloadLeavesTheChainIntact(TestDatabase kind) throws SQLException {
    assertThat(verdictAfter(kind, "DELETE FROM audit_payload WHERE json LIKE '%number 3%'"))
        .isEqualTo(new AuditVerdict.Intact(ROWS, 1));
  }

  @ParameterizedTest
  @EnumSource
  void aTailCutOffWhileTheNodeWasDownIsNamedByTheNextChain(TestDatabase kind) throws SQLException {
    var settings = kind.fresh();
    write(settings);
    clock.advance(Duration.ofMinutes(1));
    write(settings);
    tamper(
        settings,
        "DELETE FROM audit_row WHERE sequence > 4 AND chain = (SELECT MIN(chain) FROM audit_chain)");

    assertThat(verdict(settings))
        .isInstanceOfSatisfying(
            AuditVerdict.Broken.class,
            broken -> {
              assertThat(broken.sequence()).isEqualTo(5);
              assertThat(broken.what()).startsWith("rows are missing at the end");
            });
  }

  private String broken(TestDatabase kind, String... statements) throws SQLException {
    var verdict = verdictAfter(kind, statements);
    assertThat(verdict).isInstanceOf(AuditVerdict.Broken.class);
    var broken = (AuditVerdict.Broken) verdict;
    return broken.sequence() + ": " + broken.what();
  }

  private AuditVerdict verdictAfter(TestDatabase kind, String... statements) throws SQLException {
    var settings = kind.fresh();
    try (var database = write(settings, "held open")) {
      tamper(settings, statements);
      return verdict(database);
    }
  }

  private AuditVerdict verdict(DatabaseSettings settings) {
    clock.advance(Duration.ofMinutes(1));
    try (var database = Database.open(settings, clock, new Random(3), "test", _ -> {})) {
      return verdict(database);
    }
  }

  private static AuditVerdict verdict(Database database) {
    var verifier = new AuditVerifier();
    database.audit().rows(verifier::next);
    return verifier.verdict();
  }

  private void write(DatabaseSettings settings) {
    write(settings, "closed again").close();
  }

  private Database write(DatabaseSettings settings, String what) {
    var database = Database.open(settings, clock, new Random(2), "test", _ -> {});
    for (int i = 1; i < ROWS; i++) {
      database
          .audit()
          .append(
              new AuditEvent.UnauthenticatedRefusals(what + ", number " + i, clock.instant(), i));
    }
    return database;
  }

  private static void tamper(DatabaseSettings settings, String... statements) throws SQLException {
    try (var connection = DriverManager.getConnection(settings.url(), settings.user(), "")) {
      for (var statement : statements) {
        Sql.execute(connection, statement);
      }
    }
  }
}
