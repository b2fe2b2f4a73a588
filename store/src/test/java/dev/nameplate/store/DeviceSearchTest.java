package dev.nameplate.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.store.DeviceFilter;
import dev.nameplate.ca.store.Within;
import dev.nameplate.ca.store.DeviceWhere;
import dev.nameplate.ca.testing.FakeClock;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// However many devices there are, each question goes along an index, and sorts nothing.
@Tag("INV")
class DeviceSearchTest {

  private static final int ROWS = 30_000;

  /// The index that each question is to go along.
  private static final Map<String, String> QUESTIONS =
      Map.ofEntries(
          Map.entry("state=active", "owner_by_state"),
          Map.entry("profile=device", "owner_by_label"),
          Map.entry("model=m1", "owner_by_model"),
          Map.entry("site=s1", "owner_by_site"),
          Map.entry("group=g1", "owner_by_group"),
          Map.entry("lot=l1", "owner_by_lot"),
          Map.entry("owner=o1", "owner_by_holder"),
          Map.entry("hardware_serial=h7", "owner_by_hardware_serial"),
          Map.entry("id=d000001*", "owner_pk"),
          Map.entry("registered<2030-01-01", "owner_by_registration"),
          Map.entry("last_renewed<2030-01-01", "owner_by_issuance"),
          Map.entry("last_issued=never", "owner_by_issuance"),
          Map.entry("expires<2030-01-01", "owner_by_expiry"),
          Map.entry("model=m1 and last_renewed<2030-01-01", "owner_by_issuance"),
          Map.entry("model=m1 and state=retired", "owner_by_model"),
          Map.entry("site=s1 and model=m1 and state=active", "owner_by_site"),
          Map.entry("lot=l1 and group=g1 and expires<2030-01-01", "owner_by_lot"),
          Map.entry("state=active and id=d00*", "owner_pk"));

  @ParameterizedTest
  @EnumSource
  void everyQuestionGoesAlongAnIndexAndSortsNothing(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var _ = open(settings);
        var connection = connect(settings)) {
      fill(connection);
      Sql.execute(connection, "ANALYZE");

      for (var question : QUESTIONS.entrySet()) {
        var filter = DeviceWhere.parse(question.getKey());
        requireIndex(connection, filter, Optional.empty(), question.getValue());
        var cursor =
            filter.when().isEmpty() || !question.getValue().startsWith("owner_by_")
                ? "d0000100"
                : "1000.d0000100";
        if (Set.of("owner_by_lot", "owner_by_site").contains(question.getValue())) {
          cursor = "d0000100";
        }
        requireIndex(connection, filter, Optional.of(cursor), question.getValue());
      }
      requireIndex(connection, DeviceFilter.ALL, Optional.of("d0000100"), "owner_pk");
      var group = new Within(Set.of("g1"), Set.of(), Set.of(), Set.of());
      requireIndex(connection, DeviceFilter.ALL.within(group), Optional.empty(), "owner_by_group");
    }
  }

  @ParameterizedTest
  @EnumSource
  void whereFewMatchAPageLooksAtSoManyRowsAndNoMore(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var database = open(settings);
        var connection = connect(settings)) {
      fill(connection);
      var filter = DeviceWhere.parse("id=d* and state=purged");
      var owners = database.owners();

      var found = new ArrayList<String>();
      int pages = 0;
      var page = owners.search(filter, Optional.empty(), 100);
      assertThat(page.next()).isPresent();
      for (pages = 1; page.next().isPresent(); pages++) {
        page.items().forEach(record -> found.add(record.owner().id()));
        page = owners.search(filter, page.next(), 100);
      }
      page.items().forEach(record -> found.add(record.owner().id()));

      // the last one of all is the only one
      assertThat(found).containsExactly("d%07d".formatted(ROWS));
      assertThat(pages).isEqualTo(1 + ROWS / DeviceSearch.LOOKED_AT);
    }
  }

  private static void requireIndex(
      Connection connection, DeviceFilter filter, Optional<String> after, String index)
      throws SQLException {
    var statement = DeviceSearch.statement(filter, after, 100);
    var plan =
        String.join(
                "\n",
                Sql.list(
                    connection,
                    "EXPLAIN " + statement.sql(),
                    row -> row.getString(1),
                    statement.values().toArray()))
            .toLowerCase(Locale.ROOT);
    if (isH2(connection)) {
      assertThat(plan)
          .as(statement.sql())
          // H2 gives the index of a primary key a name of its own
          .contains(index.equals("owner_pk") ? "primary_key" : index)
          .contains("index sorted")
          .doesNotContain("tablescan");
    } else {
      // for a value that most rows have PostgreSQL may as well go along the names
      assertThat(plan)
          .as(statement.sql())
          .containsAnyOf("using " + index, "using owner_pk")
          .doesNotContain("seq scan", "sort", "bitmap");
    }
  }

  private static boolean isH2(Connection connection) throws SQLException {
    return connection.getMetaData().getURL().startsWith("jdbc:h2:");
  }

  /// Devices by the tens of thousands, written as no service would.
  private static void fill(Connection connection) throws SQLException {
    var numbers =
        isH2(connection)
            ? "SELECT X AS n FROM SYSTEM_RANGE(1, " + ROWS + ")"
            : "SELECT n FROM generate_series(1, " + ROWS + ") AS n";
    Sql.execute(
        connection,
        """
        INSERT INTO owner (kind, id, folded, epoch, state, label, registered_at, retired_at, model,
                           site, device_group, lot, held_by, hardware_serial, issued_at, expires_at)
        SELECT 'device', 'd' || LPAD(CAST(n AS VARCHAR), 7, '0'),
               'device:d' || LPAD(CAST(n AS VARCHAR), 7, '0'), 1,
               CASE WHEN n = %d THEN 'PURGED' WHEN MOD(n, 10) = 0 THEN 'REGISTERED' ELSE 'ACTIVE' END,
               'device', 1000 + n, CASE WHEN n = %d THEN 1 END, 'm' || MOD(n, 3),
               's' || MOD(n, 2), 'g' || MOD(n, 3), 'l' || MOD(n, 2), 'o' || MOD(n, 3),
               'h' || n, CASE WHEN MOD(n, 10) = 0 THEN 0 ELSE 2000 + n END,
               CASE WHEN MOD(n, 10) = 0 THEN 0 ELSE 3000 + n END
        FROM (%s) AS numbers
        """
            .formatted(ROWS, ROWS, numbers));
  }

  private static Database open(DatabaseSettings settings) {
    return Database.open(
        settings,
        new FakeClock(),
        new Random(1),
        "test",
        fatal -> {
          throw fatal;
        });
  }

  private static Connection connect(DatabaseSettings settings) throws SQLException {
    return DriverManager.getConnection(settings.url(), settings.user(), settings.password().get());
  }
}
