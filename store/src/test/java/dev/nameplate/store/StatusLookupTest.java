package dev.nameplate.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What OCSP asks for stays one look into one index, however many certificates there are.
class StatusLookupTest {

  private static final IssuerId ISSUER = new IssuerId("ab".repeat(32));
  private static final int ROWS = 5_000;

  @ParameterizedTest
  @EnumSource
  void aStatusIsOneLookIntoOneIndexAndReadsNoCertificate(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var database = open(settings);
        var connection = connect(settings)) {
      fill(connection);

      var plan = plan(connection, JdbcCertificateStore.STATUS);

      // the primary key, or the index of serials, of which two issuers hardly ever share one
      assertThat(plan)
          .containsAnyOf("certificate_serial_once", "certificate_by_serial")
          .doesNotContain("seq scan", "tablescan");
      assertThat(JdbcCertificateStore.STATUS).doesNotContain("der", "tbs", "*");
      assertThat(database.certificates().status(ISSUER, new SerialNumber(BigInteger.TWO)))
          .isInstanceOf(CertificateStatus.Good.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  @Tag("C06")
  void manyChangesAreToldPageByPageInTheirOrder(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var database = open(settings);
        var connection = connect(settings)) {
      fill(connection);
      // an upgrade gives one number to many
      Sql.execute(
          connection,
          """
          UPDATE certificate SET status_change =
            CASE WHEN not_after < 1000 THEN 7 ELSE not_after END
          WHERE not_after < 4000
          """);

      var numbers = new ArrayList<Long>();
      database.crls().changedSince(ISSUER, CrlScope.END_ENTITIES, 6, c -> numbers.add(c.number()));

      assertThat(numbers).hasSize(3_999).isSorted().endsWith(3_998L, 3_999L);
    }
  }

  private static String plan(Connection connection, String sql) throws SQLException {
    Sql.execute(connection, "ANALYZE");
    return String.join(
            "\n",
            Sql.list(
                connection,
                "EXPLAIN " + sql,
                row -> row.getString(1),
                ISSUER.hex(),
                new SerialNumber(BigInteger.TWO)))
        .toLowerCase(Locale.ROOT);
  }

  private static void fill(Connection connection) throws SQLException {
    Sql.execute(
        connection,
        """
        INSERT INTO owner (kind, id, folded, epoch, state, label, registered_at)
        VALUES ('device', 'pump', 'pump', 1, 'ACTIVE', 'device', 0)
        """);
    var rows = new ArrayList<Object[]>();
    for (int i = 1; i <= ROWS; i++) {
      var serial = new SerialNumber(BigInteger.valueOf(i));
      var hash = "%064x".formatted(i);
      rows.add(
          new Object[] {
            ISSUER.hex(),
            serial,
            hash,
            hash,
            hash,
            hash,
            new byte[600],
            new byte[900],
            hash,
            (long) i
          });
    }
    Sql.updateEach(
        connection,
        """
        INSERT INTO certificate (issuer_id, serial, issuer_name_sha256, owner_kind, owner_id, epoch,
                                 label, profile_version, spki_sha256, sameness, credential, tbs,
                                 der, der_sha256, state, crl_scope, not_before, not_after,
                                 reserved_at)
        VALUES (?, ?, ?, 'device', 'pump', 1, 'device', ?, ?, ?, 'secret', ?, ?, ?, 'ISSUED',
                'end-entities', 0, ?, 0)
        """,
        rows);
  }

  private static Connection connect(DatabaseSettings settings) throws SQLException {
    return DriverManager.getConnection(settings.url(), settings.user(), "");
  }

  private static Database open(DatabaseSettings settings) {
    return Database.open(settings, new FakeClock(), new Random(1), "node", _ -> {});
  }
}
