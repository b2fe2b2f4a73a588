package dev.nameplate.bench;

import dev.nameplate.ca.store.DeviceFilter;
import dev.nameplate.ca.store.DevicePage;
import dev.nameplate.ca.store.DeviceWhere;
import dev.nameplate.store.Database;
import dev.nameplate.store.DatabaseSettings;
import dev.nameplate.store.testing.Postgresql;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;

/// How long a page of a search takes among many devices: one caller, pages of 100, from the first
/// one on.
final class InventoryBench {

  private static final int PAGES = 50;

  /// H2 keeps what a transaction changes in memory.
  private static final int AT_ONCE = 50_000;

  /// Questions that match much, little, and nothing.
  private static final List<String> QUESTIONS =
      List.of(
          "id=d*",
          "model=m1",
          "state=active",
          "lot=l77",
          "hardware_serial=h500000",
          "last_issued=never",
          "expires<1970-01-01T00:00:00.5Z",
          "model=m1 and last_renewed<1970-01-01T00:00:00.01Z",
          "site=s1 and model=m1 and state=active",
          "model=m1 and state=suspended",
          "state=active and profile=device and owner=nobody",
          "id=d09* and group=g3");

  private final Report report;
  private final Path folder;
  private final int devices;

  InventoryBench(Report report, Path folder, int devices) {
    this.report = report;
    this.folder = folder;
    this.devices = devices;
  }

  void run() throws Exception {
    report.section(
        String.format(Locale.ROOT, "Finding devices among %,d: 1 caller, pages of 100", devices));
    measure("PostgreSQL", new DatabaseSettings(Postgresql.freshUrl(), Postgresql.USER, () -> ""));
    measure(
        "H2", new DatabaseSettings("jdbc:h2:file:" + folder.resolve("inventory"), "sa", () -> ""));
  }

  private void measure(String kind, DatabaseSettings settings) throws Exception {
    try (var database =
            Database.open(
                settings,
                InstantSource.system(),
                new Random(1),
                "bench",
                fatal -> report.say("the store gave up: " + fatal));
        var connection = DriverManager.getConnection(settings.url(), settings.user(), "");
        var statement = connection.createStatement()) {
      for (int from = 1; from <= devices; from += AT_ONCE) {
        statement.execute(fill(kind.equals("H2"), from, Math.min(devices, from + AT_ONCE - 1)));
      }
      statement.execute("ANALYZE");
      for (var question : QUESTIONS) {
        measure(kind, database, question);
      }
    }
  }

  private void measure(String kind, Database database, String question) {
    var filter = DeviceWhere.parse(question);
    pages(database, filter, new Latencies());
    var took = new Latencies();
    int found = pages(database, filter, took);
    report.say(
        String.format(
            Locale.ROOT,
            "  %-10s %-52s %6.1f ms median, %6.1f ms longest, %d pages, %,d found",
            kind,
            question,
            took.millis(0.5),
            took.millis(1),
            took.count(),
            found));
  }

  private static int pages(Database database, DeviceFilter filter, Latencies took) {
    int found = 0;
    Optional<String> after = Optional.empty();
    DevicePage page;
    do {
      long began = System.nanoTime();
      page = database.owners().search(filter, after, 100);
      took.add(System.nanoTime() - began);
      found += page.items().size();
      after = page.next();
    } while (after.isPresent() && took.count() < PAGES);
    return found;
  }

  private static String fill(boolean h2, int from, int to) {
    var numbers =
        h2
            ? "SELECT X AS n FROM SYSTEM_RANGE(" + from + ", " + to + ")"
            : "SELECT n FROM generate_series(" + from + ", " + to + ") AS n";
    return """
    INSERT INTO owner (kind, id, folded, epoch, state, label, registered_at, model, site,
                       device_group, lot, held_by, hardware_serial, issued_at, expires_at)
    SELECT 'device', 'd' || LPAD(CAST(n AS VARCHAR), 7, '0'),
           'device:d' || LPAD(CAST(n AS VARCHAR), 7, '0'), 1,
           CASE WHEN MOD(n, 10) = 0 THEN 'REGISTERED' ELSE 'ACTIVE' END, 'device', n,
           'm' || MOD(n, 5), 's' || MOD(n, 40), 'g' || MOD(n, 200), 'l' || MOD(n, 1000),
           'o' || MOD(n, 3000), 'h' || n, CASE WHEN MOD(n, 10) = 0 THEN 0 ELSE n END,
           CASE WHEN MOD(n, 10) = 0 THEN 0 ELSE n END
    FROM (%s) AS numbers
    """
        .formatted(numbers);
  }
}
