package dev.nameplate.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.admin.AdminRole;
import dev.nameplate.ca.admin.Grant;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.StatusChange;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What an earlier version left behind is understood by this one.
class UpgradeTest {

  private static final IssuerId ISSUER = new IssuerId("ab".repeat(32));
  private static final IssuerId QUIET = new IssuerId("cd".repeat(32));
  private static final Instant LAST_CRL = Instant.parse("2026-11-20T12:00:00Z");

  @ParameterizedTest
  @EnumSource
  @Tag("C06")
  void whatTheLastCrlOfTheOldVersionMayNotHaveIsAChangeToTheNewOne(TestDatabase kind)
      throws Exception {
    var settings = kind.fresh();
    migrateTo("7", settings);
    try (var connection = DriverManager.getConnection(settings.url(), settings.user(), "")) {
      Sql.execute(
          connection,
          """
          INSERT INTO owner (kind, id, folded, epoch, state, label, registered_at)
          VALUES ('device', 'pump', 'pump', 1, 'ACTIVE', 'device', 0)
          """);
      scope(connection, ISSUER, 9, 7);
      revoked(connection, ISSUER, 1, LAST_CRL.minus(Duration.ofDays(30)));
      revoked(connection, ISSUER, 2, LAST_CRL.plusSeconds(5));
      revoked(connection, ISSUER, 3, LAST_CRL.plusSeconds(9));
      scope(connection, QUIET, 1, 1);
      revoked(connection, QUIET, 4, LAST_CRL.minusSeconds(9));
    }

    try (var database = Database.open(settings, new FakeClock(), new Random(1), "node", _ -> {})) {
      assertThat(changedSince(database, ISSUER, 7))
          .extracting(StatusChange::serial)
          .containsExactlyInAnyOrder(serial(2), serial(3));
      assertThat(changedSince(database, ISSUER, 9)).isEmpty();
      assertThat(changedSince(database, QUIET, 0)).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoCouldDoEverythingBeforeThereWereRolesStillCan(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    migrateTo("11", settings);
    try (var connection = DriverManager.getConnection(settings.url(), settings.user(), "")) {
      Sql.execute(
          connection,
          """
          INSERT INTO owner (kind, id, folded, epoch, state, label, registered_at, retired_at)
          VALUES ('admin', 'first', 'admin:first', 1, 'ACTIVE', 'admin', 0, NULL),
                 ('admin', 'gone', 'admin:gone', 1, 'RETIRED', 'admin', 0, 0),
                 ('device', 'pump', 'device:pump', 1, 'ACTIVE', 'device', 0, NULL)
          """);
    }

    try (var database = Database.open(settings, new FakeClock(), new Random(1), "node", _ -> {})) {
      var first = new Owner(OwnerKind.ADMIN, "first");
      assertThat(database.administrators().grants()).containsOnlyKeys(first);
      assertThat(database.administrators().grants(first))
          .contains(
              Grant.everywhere(AdminRole.SECURITY_OFFICER),
              Grant.everywhere(AdminRole.DEVICE_ADMIN),
              Grant.everywhere(AdminRole.CA_ADMIN))
          .hasSize(7);
    }
  }

  private static List<StatusChange> changedSince(Database database, IssuerId issuer, long after) {
    var changes = new ArrayList<StatusChange>();
    database.crls().changedSince(issuer, CrlScope.END_ENTITIES, after, changes::add);
    return changes;
  }

  private static void migrateTo(String version, DatabaseSettings settings) {
    Flyway.configure()
        .dataSource(settings.url(), settings.user(), "")
        .locations("classpath:db/migration")
        .placeholders(settings.dialect().placeholders())
        .target(version)
        .load()
        .migrate();
  }

  private static void scope(Connection connection, IssuerId issuer, long changes, long published)
      throws SQLException {
    Sql.update(
        connection,
        """
        INSERT INTO crl_scope (issuer_id, scope, changes, published, latest_number, this_update,
                               next_update)
        VALUES (?, 'end-entities', ?, ?, 1, ?, ?)
        """,
        issuer.hex(),
        changes,
        published,
        LAST_CRL,
        LAST_CRL.plus(Duration.ofDays(1)));
  }

  private static void revoked(Connection connection, IssuerId issuer, int number, Instant at)
      throws SQLException {
    var hash = "%064x".formatted(number);
    Sql.update(
        connection,
        """
        INSERT INTO certificate (issuer_id, serial, issuer_name_sha256, owner_kind, owner_id, epoch,
                                 label, profile_version, spki_sha256, sameness, credential, tbs,
                                 der, der_sha256, state, crl_scope, not_before, not_after,
                                 reserved_at, revoked_at, revocation_reason, listed_serial)
        VALUES (?, ?, ?, 'device', 'pump', 1, 'device', ?, ?, ?, 'secret', ?, ?, ?, 'ISSUED',
                'end-entities', 0, ?, 0, ?, 4, ?)
        """,
        issuer.hex(),
        serial(number),
        hash,
        hash,
        hash,
        hash,
        new byte[600],
        new byte[900],
        hash,
        LAST_CRL.plus(Duration.ofDays(90)),
        at,
        serial(number));
  }

  private static SerialNumber serial(int number) {
    return new SerialNumber(BigInteger.valueOf(number));
  }
}
