package dev.nameplate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.store.ReportStore;
import dev.nameplate.ca.store.ReportStore.Line;
import dev.nameplate.ca.store.ReportStore.Page;
import dev.nameplate.ca.store.ReportStore.Wanted;
import dev.nameplate.ca.store.SightingRecord.Alarm;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Reports over many devices: each goes along its index, page by page.
class ReportQueriesTest {

  private static final String ISSUER = "ab".repeat(32);
  private static final String OTHER_ISSUER = "cd".repeat(32);
  private static final int ROWS = 10_000;

  /// H2 has names of its own for primary keys.
  private static final String REFUSAL_KEY = "refusal_once|public.primary_key";

  private static final Instant NOW = FakeClock.START;
  private static final Duration LIFE = Duration.ofDays(90);

  @ParameterizedTest
  @EnumSource
  void everyReportGoesAlongAnIndex(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var _ = open(settings);
        var connection = connect(settings)) {
      fill(connection);
      long now = micros(NOW);
      var serial = new SerialNumber(BigInteger.TWO);

      goesAlong(
          connection,
          "owner_by_state",
          Owners.SELECT + JdbcReportStore.NEVER_ENROLLED,
          "device",
          "REGISTERED",
          "pump-5",
          100);
      goesAlong(
          connection,
          "certificate_by_slot",
          JdbcReportStore.IN_SLOT,
          "CONFIRMED",
          ISSUER,
          now,
          now + 1_000_000_000L,
          now,
          now,
          serial,
          100);
      for (var only : List.of("", "AND replaces IS NULL AND owner_kind = 'device'\n")) {
        goesAlong(
            connection,
            "certificate_overdue",
            JdbcReportStore.OVERDUE + only + JdbcReportStore.IN_ORDER_OF_OVERDUE,
            0L,
            now,
            0L,
            0L,
            serial,
            100);
      }
      goesAlong(
          connection,
          "certificate_by_key_type",
          JdbcReportStore.WITH_KEY,
          "rsa-2048",
          now,
          now,
          now,
          serial,
          100);
      goesAlong(
          connection,
          "certificate_by_reason",
          JdbcReportStore.HELD,
          6,
          0L,
          now,
          0L,
          0L,
          serial,
          100);
      goesAlong(connection, REFUSAL_KEY, JdbcReportStore.REFUSALS, "KEY_RETIRED", "device:a", 100);
      goesAlong(
          connection,
          "sighting_by_alarm",
          JdbcReportStore.ALARMED,
          "UNKNOWN",
          "00",
          "00",
          "b",
          "00",
          100);
      goesAlong(
          connection, "certificate_by_slot", JdbcReportStore.GENERATION, "PENDING", ISSUER, now);
      goesAlong(
          connection, "certificate_der_once", JdbcSightingStore.STANDING + "= ?", "00".repeat(32));
    }
  }

  @ParameterizedTest
  @EnumSource
  void pagesHaveEachOfTheirRowsOnceAndInOrder(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var database = open(settings);
        var connection = connect(settings)) {
      fill(connection);
      var reports = database.reports();

      var expiring = all(page -> reports.expiring(NOW, NOW.plus(Duration.ofDays(10)), page), 300);
      var overdue = all(page -> reports.overdue(NOW, false, page), 300);
      var neverRenewed = all(page -> reports.overdue(NOW, true, page), 7);

      assertThat(expiring)
          .hasSize(
              count(
                  connection,
                  "slot = 'CONFIRMED' AND not_after BETWEEN ? AND ?",
                  micros(NOW),
                  micros(NOW.plus(Duration.ofDays(10)))))
          .isNotEmpty()
          .doesNotHaveDuplicates()
          .extracting(Line::notAfter)
          .isSorted();
      assertThat(overdue)
          .hasSize(count(connection, "slot = 'CONFIRMED' AND overdue_at <= ?", micros(NOW)))
          .isNotEmpty()
          .extracting(Line::overdueAt)
          .isSorted();
      assertThat(neverRenewed).isNotEmpty().allMatch(line -> line.replaces().isEmpty());
      assertThat(neverRenewed.size()).isLessThan(overdue.size());
      assertThat(all(reports::unconfirmed, 9)).isNotEmpty();
      assertThat(all(page -> reports.withKey(KeyType.RSA_2048, NOW, page), 9))
          .isNotEmpty()
          .allMatch(line -> line.key().equals(Optional.of("rsa-2048")));
      assertThat(all(page -> reports.heldSince(NOW.minus(Duration.ofDays(7)), page), 9))
          .isNotEmpty()
          .allMatch(line -> line.revocation().isPresent());
      assertThat(all(reports::neverEnrolled, 40))
          .hasSize(ROWS / 100)
          .extracting(owner -> owner.owner().id())
          .isSorted();
      assertThat(all(page -> reports.alarmed(Alarm.UNKNOWN, page), 3)).hasSize(10);
      assertThat(reports.generations(NOW))
          .extracting(ReportStore.Generation::confirmed)
          .allMatch(confirmed -> confirmed > 1000);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNoPlaceInAReportIsRefused(TestDatabase kind) {
    try (var database = open(kind.fresh())) {
      for (var after : List.of("x", "x.y", "9999999999999999999999.1")) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> database.reports().overdue(NOW, false, after(after)));
      }
      assertThatIllegalArgumentException()
          .isThrownBy(() -> database.reports().alarmed(Alarm.UNKNOWN, after("x")));
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusalsAreCountedWhereTheyAreWrittenDown(TestDatabase kind) {
    var clock = new FakeClock();
    try (var database = Database.open(kind.fresh(), clock, new Random(1), "node", _ -> {})) {
      for (int i = 0; i < 3; i++) {
        refuse(database, "pump-1", Reason.KEY_RETIRED);
        clock.advance(Duration.ofMinutes(1));
      }
      refuse(database, "pump-2", Reason.NAME_RETIRED);
      refuse(database, "pump-2", Reason.TOO_EARLY);

      var reasons = List.of(Reason.NAME_RETIRED, Reason.KEY_RETIRED, Reason.TOO_EARLY);
      var counts = all(page -> database.reports().refusals(reasons, page), 1);

      assertThat(counts).extracting(ReportStore.RefusalCount::count).containsExactly(3L, 1L);
      assertThat(counts.getFirst().owner()).isEqualTo(new Owner(OwnerKind.DEVICE, "pump-1"));
      assertThat(counts.getFirst().lastAt())
          .isEqualTo(counts.getFirst().firstAt().plus(Duration.ofMinutes(2)));
    }
  }

  private static void refuse(Database database, String device, Reason reason) {
    database
        .audit()
        .append(
            new AuditEvent.Refused(
                new Owner(OwnerKind.DEVICE, device),
                "device",
                reason,
                "no",
                "secret:1",
                new Origin("r", "192.0.2.1")));
  }

  private static Wanted after(String place) {
    return new Wanted(Optional.of(place), 10);
  }

  private static <T> List<T> all(Function<Wanted, Page<T>> report, int limit) {
    var items = new ArrayList<T>();
    var after = Optional.<String>empty();
    do {
      var page = report.apply(new Wanted(after, limit));
      assertThat(page.items()).hasSizeLessThanOrEqualTo(limit);
      items.addAll(page.items());
      after = page.next();
    } while (after.isPresent());
    return items;
  }

  private static void goesAlong(Connection connection, String index, String sql, Object... values)
      throws SQLException {
    var plan =
        String.join("\n", Sql.list(connection, "EXPLAIN " + sql, row -> row.getString(1), values))
            .toLowerCase(Locale.ROOT);
    assertThat(plan).containsPattern(index).doesNotContain("seq scan", "tablescan");
  }

  private static int count(Connection connection, String where, Object... values)
      throws SQLException {
    return Sql.first(
            connection,
            "SELECT COUNT(*) AS found FROM certificate WHERE " + where,
            row -> row.getInt("found"),
            values)
        .orElseThrow();
  }

  /// A fleet: most renewed in time; some did not, some are on hold, or weak, or were never seen.
  private static void fill(Connection connection) throws SQLException {
    var owners = new ArrayList<Object[]>();
    var certificates = new ArrayList<Object[]>();
    var sightings = new ArrayList<Object[]>();
    var refusals = new ArrayList<Object[]>();
    for (int i = 0; i < ROWS; i++) {
      boolean registered = i % 100 == 0;
      var id = "pump-" + i;
      owners.add(new Object[] {id, "device:" + id, registered ? "REGISTERED" : "ACTIVE"});
      if (registered) {
        continue;
      }
      var notAfter = NOW.plus(LIFE.multipliedBy(i).dividedBy(ROWS)).minus(Duration.ofDays(1));
      boolean held = i % 100 == 1;
      var serial = new SerialNumber(BigInteger.valueOf(i + 1));
      var hash = "%064x".formatted(i);
      certificates.add(
          new Object[] {
            i % 3 == 0 ? OTHER_ISSUER : ISSUER,
            serial,
            hash,
            id,
            hash,
            hash,
            hash,
            new byte[600],
            new byte[900],
            hash,
            i % 100 == 2 ? "PENDING" : "CONFIRMED",
            i % 10 == 3 ? Optional.empty() : Optional.of("ff"),
            notAfter.minus(LIFE),
            notAfter,
            notAfter.minus(LIFE.dividedBy(5)),
            i % 100 == 4 ? "rsa-2048" : "ec-p256",
            held ? Optional.of(NOW.minus(Duration.ofDays(i % 30))) : Optional.empty(),
            held ? Optional.of(6) : Optional.empty(),
            held ? Optional.of(serial) : Optional.empty()
          });
      sightings.add(
          new Object[] {
            hash.replace("00000", "eeeee"),
            i % 1000 == 5 ? Optional.empty() : Optional.of("device"),
            i % 1000 == 5 ? Optional.empty() : Optional.of(id),
            i % 1000 == 5 ? Optional.of(Alarm.UNKNOWN) : Optional.empty(),
            NOW,
            NOW
          });
      refusals.add(new Object[] {i % 2 == 0 ? "KEY_RETIRED" : "NAME_RETIRED", "device:" + id});
    }
    for (var issuer : List.of(ISSUER, OTHER_ISSUER)) {
      Sql.update(
          connection,
          """
          INSERT INTO issuer (id, name, spki, role, crl_scope, added_at)
          VALUES (?, ?, ?, 'issuing', 'end-entities', 0)
          """,
          issuer,
          new byte[1],
          new byte[1]);
    }
    Sql.updateEach(
        connection,
        """
        INSERT INTO owner (kind, id, folded, epoch, state, label, registered_at)
        VALUES ('device', ?, ?, 1, ?, 'device', 0)
        """,
        owners);
    Sql.updateEach(
        connection,
        """
        INSERT INTO certificate (issuer_id, serial, issuer_name_sha256, owner_kind, owner_id, epoch,
                                 label, profile_version, spki_sha256, sameness, credential, tbs,
                                 der, der_sha256, state, slot, crl_scope, replaces, not_before,
                                 not_after, overdue_at, key_type, revoked_at, revocation_reason,
                                 listed_serial, reserved_at)
        VALUES (?, ?, ?, 'device', ?, 1, 'device', ?, ?, ?, 'secret', ?, ?, ?, 'ISSUED', ?,
                'end-entities', ?, ?, ?, ?, ?, ?, ?, ?, 0)
        """,
        certificates);
    Sql.updateEach(
        connection,
        """
        INSERT INTO sighting (der_sha256, source, owner_kind, owner_id, alarm, first_at, last_at,
                              seen)
        VALUES (?, 'broker', ?, ?, ?, ?, ?, 1)
        """,
        sightings);
    Sql.updateEach(
        connection,
        """
        INSERT INTO refusal (reason, subject, label, address, first_at, last_at, refusals)
        VALUES (?, ?, '', '', 0, 0, 1)
        """,
        refusals);
    Sql.execute(connection, "ANALYZE");
  }

  private static long micros(Instant at) {
    return Duration.between(Instant.EPOCH, at).toNanos() / 1000;
  }

  private static Connection connect(DatabaseSettings settings) throws SQLException {
    return DriverManager.getConnection(settings.url(), settings.user(), "");
  }

  private static Database open(DatabaseSettings settings) {
    return Database.open(settings, new FakeClock(), new Random(1), "node", _ -> {});
  }
}
