package dev.nameplate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.x509.SerialNumber;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadOnlyDatabaseTest {

  private static final String USER = "status_reader";
  private static final IssuerId ISSUER = new IssuerId("ab".repeat(32));

  private final FakeClock clock = new FakeClock();

  @Test
  void aUserWithTheGrantsCanReadAllThatIsAskedOfIt() throws Exception {
    var owner = migrated();

    try (var database = ReadOnlyDatabase.open(as(USER, owner), clock)) {
      assertThat(database.statuses().status(ISSUER, SerialNumber.ofHex("17")))
          .isEqualTo(new CertificateStatus.NeverIssued());
      assertThat(database.issuers().issuers()).isEmpty();
      assertThat(database.issuers().lastNotAfter(ISSUER)).isEmpty();
      assertThat(database.issuers().ocspSigners()).isEmpty();
      assertThat(database.crls().crlState(ISSUER, CrlScope.END_ENTITIES).latestNumber()).isZero();
      assertThat(database.crls().latestCrl(ISSUER, CrlScope.END_ENTITIES)).isEmpty();
      assertThat(database.crls().crlStates(ISSUER)).isEmpty();
      assertThat(database.readers().busy()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO crl_scope (issuer_id, scope, changes, published, latest_number)"
            + " VALUES ('x', 'x', 0, 0, 0)",
        "UPDATE certificate SET revoked_at = NULL",
        "DELETE FROM ocsp_signer",
        "CREATE TABLE mine (x INTEGER)",
        "SELECT * FROM enrollment_secret",
        "SELECT * FROM owner",
        "SELECT * FROM certificate",
        "SELECT der FROM certificate",
        "SELECT * FROM audit_payload"
      })
  void itCanNeitherWriteNorSeeMoreEvenIfItSetsItsReadOnlyModeAside(String statement)
      throws Exception {
    var owner = migrated();
    try (var connection = Database.source(as(USER, owner)).getConnection()) {
      Sql.execute(connection, "SET default_transaction_read_only = off");

      assertThatThrownBy(() -> Sql.execute(connection, statement))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("permission denied");
    }
  }

  @Test
  void openingItWritesNothing() throws Exception {
    var owner = migrated();
    var before = counts(owner);

    ReadOnlyDatabase.open(as(USER, owner), clock).close();

    assertThat(counts(owner)).isEqualTo(before);
  }

  @Test
  void aSchemaThatIsTooOldIsNamedAndLeftAlone() throws Exception {
    var owner = migrated();
    try (var connection = Database.source(owner).getConnection()) {
      Sql.execute(
          connection,
          "DELETE FROM flyway_schema_history WHERE installed_rank ="
              + " (SELECT MAX(installed_rank) FROM flyway_schema_history)");
    }

    assertThatThrownBy(() -> ReadOnlyDatabase.open(as(USER, owner), clock))
        .isInstanceOf(StoreException.class)
        .hasMessageMatching("(?s).* lacks what this version reads \\(V\\d+\\);.*")
        .hasMessageContaining("start an issuing node of the same version first");
  }

  @Test
  void anEmptyDatabaseIsNotMadeIntoOne() throws Exception {
    var owner = TestDatabase.POSTGRESQL.fresh();

    assertThatThrownBy(() -> ReadOnlyDatabase.open(owner, clock))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("lacks what this version reads (V1, V2");
    try (var connection = Database.source(owner).getConnection()) {
      assertThat(
              Sql.list(
                  connection,
                  "SELECT table_name FROM information_schema.tables WHERE table_schema ="
                      + " current_schema()",
                  row -> row.getString(1)))
          .isEmpty();
    }
  }

  @Test
  void aDatabaseInAFileIsNoneThatNodesShare() {
    var file = TestDatabase.H2.fresh();

    assertThatThrownBy(() -> ReadOnlyDatabase.open(file, clock))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("needs PostgreSQL");
  }

  @Test
  void aDatabaseThatGoesAwayIsSaidSoAndIsBackWithoutARestart() throws Exception {
    var owner = migrated();
    var impatient = new DatabaseSettings(owner.url(), USER, () -> "", 2, Duration.ofSeconds(2));
    try (var database = ReadOnlyDatabase.open(impatient, clock)) {
      assertThat(database.issuers().issuers()).isEmpty();
      try (var connection = Database.source(owner).getConnection()) {
        Sql.execute(connection, "ALTER ROLE " + USER + " NOLOGIN");
        Sql.execute(
            connection,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '"
                + USER
                + "'");

        assertThatThrownBy(() -> database.issuers().issuers()).isInstanceOf(StoreException.class);
        Sql.execute(connection, "ALTER ROLE " + USER + " LOGIN");
      }
      assertThat(database.issuers().issuers()).isEmpty();
    }
  }

  @Test
  void aNameThatWouldHaveToBeQuotedIsRefused() {
    assertThatThrownBy(() -> ReadOnlyDatabase.grants("x; DROP TABLE certificate", "public"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lower-case letters");
  }

  /// A database as an issuing node leaves it, which the reader has been given access to.
  private DatabaseSettings migrated() throws SQLException {
    var owner = TestDatabase.POSTGRESQL.fresh();
    Database.open(owner, clock, new Random(1), "main", _ -> {}).close();
    try (var connection = Database.source(owner).getConnection()) {
      Sql.execute(
          connection,
          """
          DO $$ BEGIN
            IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '%1$s') THEN
              CREATE ROLE %1$s LOGIN;
            END IF;
          END $$
          """
              .formatted(USER));
      Sql.execute(connection, ReadOnlyDatabase.grants(USER, schema(connection)));
    }
    return owner;
  }

  private static String schema(Connection connection) throws SQLException {
    return Sql.list(connection, "SELECT current_schema()", row -> row.getString(1)).getFirst();
  }

  private static DatabaseSettings as(String user, DatabaseSettings owner) {
    return new DatabaseSettings(owner.url(), user, () -> "", 2, owner.deadline());
  }

  private static List<Long> counts(DatabaseSettings owner) throws SQLException {
    try (var connection = Database.source(owner).getConnection()) {
      return Sql.list(
          connection,
          """
          SELECT (SELECT COUNT(*) FROM audit_row) UNION ALL
          SELECT COUNT(*) FROM audit_chain UNION ALL
          SELECT COUNT(*) FROM flyway_schema_history
          """,
          row -> row.getLong(1));
    }
  }
}
