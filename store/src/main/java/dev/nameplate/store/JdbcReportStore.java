package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.store.CertificateRecord.Slot;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.ReportStore;
import dev.nameplate.ca.store.SightingRecord;
import dev.nameplate.ca.store.SightingRecord.Alarm;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Reports over the database. Each statement orders by the columns of the index that it goes along,
/// and a page begins where the last one ended: the thousandth costs what the first one does.
final class JdbcReportStore implements ReportStore {

  private static final String LINE =
      """
      SELECT owner_kind, owner_id, issuer_id, serial, label, der_sha256, key_type, slot, not_before,
             not_after, overdue_at, replaces, revoked_at, revocation_reason, invalidity_date
      FROM certificate
      """;

  static final String NEVER_ENROLLED =
      """
      WHERE kind = ? AND state = ? AND id > ? ORDER BY kind, state, id FETCH FIRST ? ROWS ONLY
      """;

  static final String IN_SLOT =
      LINE
          + """
          WHERE slot = ? AND issuer_id = ? AND not_after >= ? AND not_after <= ?
            AND (not_after > ? OR (not_after = ? AND serial > ?)) AND state = 'ISSUED'
          ORDER BY slot, issuer_id, not_after, serial FETCH FIRST ? ROWS ONLY
          """;

  static final String OVERDUE =
      LINE
          + """
          WHERE slot = 'CONFIRMED' AND overdue_at >= ? AND overdue_at <= ?
            AND (overdue_at > ? OR (overdue_at = ? AND serial > ?))
          """;

  static final String IN_ORDER_OF_OVERDUE =
      "ORDER BY slot, overdue_at, serial FETCH FIRST ? ROWS ONLY";

  static final String WITH_KEY =
      LINE
          + """
          WHERE key_type = ? AND not_after >= ?
            AND (not_after > ? OR (not_after = ? AND serial > ?))
            AND state = 'ISSUED' AND revoked_at IS NULL
          ORDER BY key_type, not_after, serial FETCH FIRST ? ROWS ONLY
          """;

  static final String HELD =
      LINE
          + """
          WHERE revocation_reason = ? AND revoked_at >= ? AND revoked_at <= ?
            AND (revoked_at > ? OR (revoked_at = ? AND serial > ?))
          ORDER BY revocation_reason, revoked_at, serial FETCH FIRST ? ROWS ONLY
          """;

  static final String REFUSALS =
      """
      SELECT reason, subject, label, address, first_at, last_at, refusals FROM refusal
      WHERE reason = ? AND subject > ? ORDER BY reason, subject FETCH FIRST ? ROWS ONLY
      """;

  static final String ALARMED =
      JdbcSightingStore.SELECT
          + """
          WHERE alarm = ? AND (der_sha256 > ? OR (der_sha256 = ? AND source > ?))
            AND der_sha256 >= ?
          ORDER BY alarm, der_sha256, source FETCH FIRST ? ROWS ONLY
          """;

  static final String GENERATION =
      """
      SELECT COUNT(*) AS certificates, MAX(not_after) AS last_not_after FROM certificate
      WHERE slot = ? AND issuer_id = ? AND not_after >= ? AND state = 'ISSUED'
      """;

  private static final Instant BEGINNING = Instant.EPOCH;
  private static final Instant END = Instant.parse("9999-12-31T23:59:59Z");

  private final Writer writer;
  private final Reader reader;

  JdbcReportStore(Writer writer, Reader reader) {
    this.writer = writer;
    this.reader = reader;
  }

  /// Behind which row a page begins: a time and an id, with a dot between them.
  private record Place(Instant at, String id) {

    static Place of(Optional<String> after, Instant beginning) {
      return after.map(Place::parse).orElseGet(() -> new Place(beginning, ""));
    }

    private static Place parse(String text) {
      var parts = split(text);
      try {
        return new Place(Instant.EPOCH.plus(Long.parseLong(parts[0]), ChronoUnit.MICROS), parts[1]);
      } catch (NumberFormatException | ArithmeticException wrong) {
        throw new IllegalArgumentException("after: not where a page ended", wrong);
      }
    }

    static String print(Instant at, String id) {
      return AuditRow.micros(at) + "." + id;
    }
  }

  @Override
  public Page<OwnerRecord> neverEnrolled(Wanted page) {
    var items =
        reader.read(connection ->
            Sql.list(
                connection,
                Owners.SELECT + NEVER_ENROLLED,
                Owners::record,
                OwnerKind.DEVICE.text(),
                OwnerState.REGISTERED,
                page.after().orElse(""),
                page.limit()));
    return page(page, items, owner -> owner.owner().id());
  }

  @Override
  public Page<Line> unconfirmed(Wanted page) {
    return inSlot(Slot.PENDING, BEGINNING, END, page);
  }

  @Override
  public Page<Line> expiring(Instant from, Instant until, Wanted page) {
    return inSlot(Slot.CONFIRMED, from, until, page);
  }

  /// The index has a row of certificates for each issuer: the pages of all are merged.
  private Page<Line> inSlot(Slot slot, Instant from, Instant until, Wanted page) {
    var place = Place.of(page.after(), BEGINNING);
    var first = place.at().isAfter(from) ? place.at() : from;
    var items =
        reader.read(connection -> {
          var lines = new ArrayList<Line>();
          for (var issuer : issuers(connection)) {
            lines.addAll(
                Sql.list(
                    connection,
                    IN_SLOT,
                    JdbcReportStore::line,
                    slot,
                    issuer,
                    first,
                    until,
                    place.at(),
                    place.at(),
                    place.id(),
                    page.limit()));
          }
          return lines.stream()
              .sorted(
                  Comparator.comparing(Line::notAfter)
                      .thenComparing(line -> Sql.padded(line.serial())))
              .limit(page.limit())
              .toList();
        });
    return page(page, items, line -> Place.print(line.notAfter(), Sql.padded(line.serial())));
  }

  private static List<String> issuers(Connection connection) throws SQLException {
    return Sql.list(
        connection, "SELECT id FROM issuer ORDER BY position", row -> row.getString("id"));
  }

  @Override
  public Page<Line> overdue(Instant now, boolean firstOnly, Wanted page) {
    var place = Place.of(page.after(), BEGINNING);
    var only = firstOnly ? "AND replaces IS NULL AND owner_kind = 'device'\n" : "";
    var items =
        lines(
            OVERDUE + only + IN_ORDER_OF_OVERDUE,
            place.at(),
            now,
            place.at(),
            place.at(),
            place.id(),
            page.limit());
    return page(page, items, line -> Place.print(line.overdueAt(), Sql.padded(line.serial())));
  }

  @Override
  public Page<Line> withKey(KeyType key, Instant now, Wanted page) {
    var place = Place.of(page.after(), BEGINNING);
    var items =
        lines(
            WITH_KEY,
            key.text(),
            place.at().isAfter(now) ? place.at() : now,
            place.at(),
            place.at(),
            place.id(),
            page.limit());
    return page(page, items, line -> Place.print(line.notAfter(), Sql.padded(line.serial())));
  }

  @Override
  public Page<Line> heldSince(Instant before, Wanted page) {
    var place = Place.of(page.after(), BEGINNING);
    var items =
        lines(
            HELD,
            RevocationReason.CERTIFICATE_HOLD.code(),
            place.at(),
            before,
            place.at(),
            place.at(),
            place.id(),
            page.limit());
    return page(
        page,
        items,
        line -> Place.print(line.revocation().orElseThrow().at(), Sql.padded(line.serial())));
  }

  private List<Line> lines(String sql, Object... values) {
    return reader.read(connection -> Sql.list(connection, sql, JdbcReportStore::line, values));
  }

  @Override
  public Page<RefusalCount> refusals(List<Refusal.Reason> reasons, Wanted page) {
    var after = page.after().map(JdbcReportStore::split);
    var items = new ArrayList<RefusalCount>();
    for (var reason : reasons.stream().sorted(Comparator.comparing(Enum::name)).toList()) {
      int order = after.map(place -> reason.name().compareTo(place[0])).orElse(1);
      if (order < 0 || items.size() == page.limit()) {
        continue;
      }
      var subject = order == 0 ? after.orElseThrow()[1] : "";
      int most = page.limit() - items.size();
      items.addAll(
          reader.read(connection ->
              Sql.list(connection, REFUSALS, JdbcReportStore::refusal, reason, subject, most)));
    }
    return page(page, items, count -> count.reason() + "." + count.owner());
  }

  @Override
  public Page<SightingRecord> alarmed(Alarm alarm, Wanted page) {
    var after = page.after().map(JdbcReportStore::split).orElse(new String[] {"", ""});
    var items =
        reader.read(connection ->
            Sql.list(
                connection,
                ALARMED,
                JdbcSightingStore::record,
                alarm,
                after[0],
                after[0],
                after[1],
                after[0],
                page.limit()));
    return page(page, items, seen -> seen.fingerprint() + "." + seen.source());
  }

  @Override
  public List<Generation> generations(Instant now) {
    return reader.readSnapshot(connection -> {
      var generations = new ArrayList<Generation>();
      for (var issuer :
          Sql.list(
              connection,
              "SELECT id, role FROM issuer ORDER BY position",
              row -> new String[] {row.getString("id"), row.getString("role")})) {
        var confirmed = counted(connection, Slot.CONFIRMED, issuer[0], now);
        var pending = counted(connection, Slot.PENDING, issuer[0], now);
        generations.add(
            new Generation(
                new IssuerId(issuer[0]),
                issuer[1],
                confirmed.certificates(),
                pending.certificates(),
                confirmed
                    .lastNotAfter()
                    .filter(at -> pending.lastNotAfter().filter(at::isBefore).isEmpty())
                    .or(pending::lastNotAfter)));
      }
      return generations;
    });
  }

  private record Counted(long certificates, Optional<Instant> lastNotAfter) {}

  private static Counted counted(Connection connection, Slot slot, String issuer, Instant now)
      throws SQLException {
    return Sql.first(
            connection,
            GENERATION,
            row ->
                new Counted(
                    row.getLong("certificates"), Sql.optionalInstant(row, "last_not_after")),
            slot,
            issuer,
            now)
        .orElseThrow();
  }

  @Override
  public List<Tombstone> tombstones(Owner owner) {
    return reader.read(connection ->
        Sql.list(
            connection,
            """
            SELECT kind, claimed, tombstone_at FROM claim
            WHERE owner_kind = ? AND owner_id = ? AND tombstone = TRUE ORDER BY kind, claimed
            """,
            row ->
                new Tombstone(
                    row.getString("kind"),
                    row.getString("claimed"),
                    Sql.optionalInstant(row, "tombstone_at")),
            owner.kind().text(),
            owner.id()));
  }

  private record Unclassified(String issuer, SerialNumber serial, Der der) {}

  @Override
  public int classifyKeys(int limit) {
    var older =
        reader.read(connection ->
            Sql.list(
                connection,
                """
                SELECT issuer_id, serial, der FROM certificate
                WHERE key_type IS NULL AND state = 'ISSUED'
                ORDER BY key_type, not_after, serial FETCH FIRST ? ROWS ONLY
                """,
                row ->
                    new Unclassified(
                        row.getString("issuer_id"),
                        Sql.serial(row, "serial"),
                        Der.of(row.getBytes("der"))),
                limit));
    if (older.isEmpty()) {
      return 0;
    }
    var rows =
        older.stream()
            .map(each ->
                new Object[] {
                  keyOf(Certificates.parse(each.der().toByteArray())), each.issuer(), each.serial()
                })
            .toList();
    return writer.submit(
        Lane.BULK,
        "~keys",
        "classify " + rows.size() + " keys",
        transaction -> {
          transaction.updateEach(
              "UPDATE certificate SET key_type = ? WHERE issuer_id = ? AND serial = ?", rows);
          return rows.size();
        });
  }

  private static String keyOf(Certificate certificate) {
    return certificate.publicKey().type().text();
  }

  private static Line line(ResultSet row) throws SQLException {
    return new Line(
        new Owner(OwnerKind.of(row.getString("owner_kind")), row.getString("owner_id")),
        new IssuerId(row.getString("issuer_id")),
        Sql.serial(row, "serial"),
        row.getString("label"),
        Optional.ofNullable(row.getString("der_sha256")),
        Optional.ofNullable(row.getString("key_type")),
        Optional.ofNullable(row.getString("slot")).map(Slot::valueOf),
        Sql.instant(row, "not_before"),
        Sql.instant(row, "not_after"),
        Sql.instant(row, "overdue_at"),
        Optional.ofNullable(row.getString("replaces")).map(SerialNumber::ofHex),
        Certificates.revocation(row));
  }

  private static RefusalCount refusal(ResultSet row) throws SQLException {
    return new RefusalCount(
        Refusal.Reason.valueOf(row.getString("reason")),
        Owner.of(row.getString("subject")),
        row.getString("label"),
        row.getString("address"),
        Sql.instant(row, "first_at"),
        Sql.instant(row, "last_at"),
        row.getLong("refusals"));
  }

  /// What is before the first dot, and what is behind it.
  private static String[] split(String after) {
    var parts = after.split("\\.", 2);
    if (parts.length < 2) {
      throw new IllegalArgumentException(
          "after: not where a page ended: " + Arrays.toString(parts));
    }
    return parts;
  }

  private static <T> Page<T> page(Wanted wanted, List<T> items, Function<T, String> place) {
    return new Page<>(
        items,
        items.size() < wanted.limit()
            ? Optional.empty()
            : Optional.of(place.apply(items.getLast())));
  }
}
