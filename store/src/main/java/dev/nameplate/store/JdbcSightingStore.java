package dev.nameplate.store;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CertificateRecord.Slot;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.SightingRecord;
import dev.nameplate.ca.store.SightingRecord.Alarm;
import dev.nameplate.ca.store.SightingStore;
import dev.nameplate.ca.store.Standing;
import dev.nameplate.ca.x509.SerialNumber;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Sightings in the database, and the look-up that a decision about a connection is.
final class JdbcSightingStore implements SightingStore {

  /// One row by the hash of the whole certificate, without its bytes.
  static final String STANDING =
      """
      SELECT der_sha256, issuer_id, serial, owner_kind, owner_id, epoch, label, slot, not_before,
             not_after, revoked_at, revocation_reason, invalidity_date
      FROM certificate WHERE der_sha256 \
      """;

  static final String SELECT =
      """
      SELECT der_sha256, source, owner_kind, owner_id, alarm, first_at, last_at, seen FROM sighting
      """;

  /// How many values one statement is given.
  private static final int AT_ONCE = 500;

  private record Place(String fingerprint, String source) {
    static final Comparator<Place> ORDER =
        Comparator.comparing(Place::fingerprint).thenComparing(Place::source);
  }

  /// A [Standing] whose owner has still to be looked up.
  private record Half(
      String fingerprint,
      IssuerId issuer,
      SerialNumber serial,
      Owner owner,
      int epoch,
      String label,
      Optional<Slot> slot,
      Instant notBefore,
      Instant notAfter,
      Optional<RevocationRecord> revocation) {

    Standing of(OwnerRecord record) {
      return new Standing(
          fingerprint, issuer, serial, epoch, label, slot, notBefore, notAfter, revocation, record);
    }
  }

  private final Writer writer;
  private final Reader reader;

  JdbcSightingStore(Writer writer, Reader reader) {
    this.writer = writer;
    this.reader = reader;
  }

  @Override
  public Optional<Standing> standing(String fingerprint) {
    return reader.read(connection -> {
      var half = Sql.first(connection, STANDING + "= ?", JdbcSightingStore::half, fingerprint);
      return half.isEmpty()
          ? Optional.empty()
          : Sql.first(
                  connection,
                  Owners.SELECT + "WHERE kind = ? AND id = ?",
                  Owners::record,
                  half.get().owner().kind().text(),
                  half.get().owner().id())
              .map(half.get()::of);
    });
  }

  @Override
  public Map<String, Standing> standings(Collection<String> fingerprints) {
    return reader.read(connection -> {
      var found = new HashMap<String, Standing>();
      var all = List.copyOf(fingerprints);
      for (int from = 0; from < all.size(); from += AT_ONCE) {
        var some = all.subList(from, Math.min(all.size(), from + AT_ONCE));
        var halves =
            Sql.list(
                connection, STANDING + in(some.size()), JdbcSightingStore::half, some.toArray());
        var owners = owners(connection, halves);
        for (var half : halves) {
          Optional.ofNullable(owners.get(half.owner()))
              .ifPresent(owner -> found.put(half.fingerprint(), half.of(owner)));
        }
      }
      return found;
    });
  }

  private static Map<Owner, OwnerRecord> owners(Connection connection, List<Half> halves)
      throws SQLException {
    var owners = new HashMap<Owner, OwnerRecord>();
    var ids =
        halves.stream()
            .map(Half::owner)
            .distinct()
            .collect(
                Collectors.groupingBy(
                    Owner::kind, TreeMap::new, Collectors.mapping(Owner::id, Collectors.toList())));
    for (var kind : ids.entrySet()) {
      var values = new ArrayList<Object>(kind.getValue());
      values.addFirst(kind.getKey().text());
      Sql.list(
              connection,
              Owners.SELECT + "WHERE kind = ? AND id " + in(kind.getValue().size()),
              Owners::record,
              values.toArray())
          .forEach(record -> owners.put(record.owner(), record));
    }
    return owners;
  }

  @Override
  public Outcome record(List<Seen> sightings) {
    if (sightings.isEmpty()) {
      return new Outcome(List.of(), 0, 0);
    }
    return writer.submit(
        Lane.BULK,
        "~sightings",
        "write down " + sightings.size() + " sightings",
        transaction -> record(transaction, sightings));
  }

  private static Outcome record(Transaction transaction, List<Seen> sightings) throws SQLException {
    var before = known(transaction, sightings);
    var after = new TreeMap<Place, SightingRecord>(Place.ORDER);
    after.putAll(before);
    var room = new Room(transaction, before);
    var counted = new ArrayList<Seen>();
    int repeated = 0;
    int dropped = 0;
    var inOrder = new ArrayList<>(sightings);
    inOrder.sort(Comparator.comparing(seen -> seen.sighting().at()));
    for (var seen : inOrder) {
      var sighting = seen.sighting();
      var place = new Place(sighting.fingerprint(), sighting.source());
      var known = after.get(place);
      if (known == null) {
        if (!room.takes(seen)) {
          dropped++;
          continue;
        }
        after.put(place, row(seen, sighting.at(), 1));
        counted.add(seen);
      } else if (sighting.at().isAfter(known.lastAt())) {
        after.put(place, row(seen, known.firstAt(), known.count() + 1));
        counted.add(seen);
      } else {
        repeated++;
        if (sighting.at().isBefore(known.firstAt())) {
          after.put(place, since(known, sighting.at()));
        }
      }
    }
    write(transaction, before, after);
    return new Outcome(counted, repeated, dropped);
  }

  private static Map<Place, SightingRecord> known(Transaction transaction, List<Seen> sightings)
      throws SQLException {
    var known = new TreeMap<Place, SightingRecord>(Place.ORDER);
    var all = sightings.stream().map(seen -> seen.sighting().fingerprint()).distinct().toList();
    for (int from = 0; from < all.size(); from += AT_ONCE) {
      var some = all.subList(from, Math.min(all.size(), from + AT_ONCE));
      transaction
          .list(
              SELECT + "WHERE der_sha256 " + in(some.size()),
              JdbcSightingStore::record,
              some.toArray())
          .forEach(row -> known.put(new Place(row.fingerprint(), row.source()), row));
    }
    return known;
  }

  /// How much more may be kept.
  private static final class Room {
    private final Map<String, Integer> sources = new HashMap<>();
    private final Transaction transaction;
    private long unknown = -1;

    Room(Transaction transaction, Map<Place, SightingRecord> known) {
      this.transaction = transaction;
      known.keySet().forEach(place -> sources.merge(place.fingerprint(), 1, Integer::sum));
    }

    boolean takes(Seen seen) throws SQLException {
      var fingerprint = seen.sighting().fingerprint();
      if (sources.getOrDefault(fingerprint, 0) >= MOST_SOURCES) {
        return false;
      }
      if (seen.standing().isEmpty()) {
        if (unknown < 0) {
          unknown =
              transaction
                  .first(
                      "SELECT COUNT(*) AS strangers FROM sighting WHERE alarm = ?",
                      row -> row.getLong("strangers"),
                      Alarm.UNKNOWN)
                  .orElseThrow();
        }
        if (unknown >= MOST_UNKNOWN) {
          return false;
        }
        unknown++;
      }
      sources.merge(fingerprint, 1, Integer::sum);
      return true;
    }
  }

  private static void write(
      Transaction transaction, Map<Place, SightingRecord> before, Map<Place, SightingRecord> after)
      throws SQLException {
    var added = new ArrayList<Object[]>();
    var changed = new ArrayList<Object[]>();
    for (var entry : after.entrySet()) {
      var row = entry.getValue();
      var kind = row.owner().map(owner -> owner.kind().text());
      var id = row.owner().map(Owner::id);
      if (!before.containsKey(entry.getKey())) {
        added.add(
            new Object[] {
              row.fingerprint(),
              row.source(),
              kind,
              id,
              row.alarm(),
              row.firstAt(),
              row.lastAt(),
              row.count()
            });
      } else if (!row.equals(before.get(entry.getKey()))) {
        changed.add(
            new Object[] {
              kind,
              id,
              row.alarm(),
              row.firstAt(),
              row.lastAt(),
              row.count(),
              row.fingerprint(),
              row.source()
            });
      }
    }
    if (!added.isEmpty()) {
      transaction.updateEach(
          """
          INSERT INTO sighting (der_sha256, source, owner_kind, owner_id, alarm, first_at, last_at,
                                seen)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          """,
          added);
    }
    if (!changed.isEmpty()) {
      transaction.updateEach(
          """
          UPDATE sighting
          SET owner_kind = ?, owner_id = ?, alarm = ?, first_at = ?, last_at = ?, seen = ?
          WHERE der_sha256 = ? AND source = ?
          """,
          changed);
    }
  }

  private static SightingRecord row(Seen seen, Instant first, long count) {
    return new SightingRecord(
        seen.sighting().fingerprint(),
        seen.sighting().source(),
        seen.standing().map(standing -> standing.owner().owner()),
        seen.alarm(),
        first,
        seen.sighting().at(),
        count);
  }

  private static SightingRecord since(SightingRecord row, Instant first) {
    return new SightingRecord(
        row.fingerprint(),
        row.source(),
        row.owner(),
        row.alarm(),
        first,
        row.lastAt(),
        row.count());
  }

  @Override
  public List<SightingRecord> of(Owner owner) {
    return reader.read(connection ->
        Sql.list(
            connection,
            SELECT
                + """
                WHERE owner_kind = ? AND owner_id = ?
                ORDER BY owner_kind, owner_id, last_at DESC FETCH FIRST ? ROWS ONLY
                """,
            JdbcSightingStore::record,
            owner.kind().text(),
            owner.id(),
            MOST_TOLD));
  }

  @Override
  public int forgetUnknown(Instant before) {
    // most often there is nothing to do, and no need for the writer
    boolean any =
        reader.read(connection ->
            Sql.first(
                    connection,
                    "SELECT 1 FROM sighting WHERE alarm = ? AND last_at < ? FETCH FIRST 1 ROWS ONLY",
                    row -> row.getInt(1),
                    Alarm.UNKNOWN,
                    before)
                .isPresent());
    return any
        ? writer.submit(
            Lane.BULK,
            "~sightings",
            "forget unknown certificates",
            transaction ->
                transaction.update(
                    "DELETE FROM sighting WHERE alarm = ? AND last_at < ?", Alarm.UNKNOWN, before))
        : 0;
  }

  static SightingRecord record(ResultSet row) throws SQLException {
    return new SightingRecord(
        row.getString("der_sha256"),
        row.getString("source"),
        Optional.ofNullable(row.getString("owner_id")).isPresent()
            ? Optional.of(owner(row))
            : Optional.empty(),
        Optional.ofNullable(row.getString("alarm")).map(Alarm::valueOf),
        Sql.instant(row, "first_at"),
        Sql.instant(row, "last_at"),
        row.getLong("seen"));
  }

  private static Half half(ResultSet row) throws SQLException {
    return new Half(
        row.getString("der_sha256"),
        new IssuerId(row.getString("issuer_id")),
        Sql.serial(row, "serial"),
        owner(row),
        row.getInt("epoch"),
        row.getString("label"),
        Optional.ofNullable(row.getString("slot")).map(Slot::valueOf),
        Sql.instant(row, "not_before"),
        Sql.instant(row, "not_after"),
        Certificates.revocation(row));
  }

  private static Owner owner(ResultSet row) throws SQLException {
    return new Owner(OwnerKind.of(row.getString("owner_kind")), row.getString("owner_id"));
  }

  private static String in(int values) {
    return "IN (?" + ", ?".repeat(values - 1) + ")";
  }
}
