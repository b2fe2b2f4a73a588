package dev.nameplate.ca.audit;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Which rows of the audit log are wanted, the newest first.
///
/// @param subject only about this one: `device:pump-0017`
/// @param kind only of this kind: `Revoked`
/// @param since not older than this
/// @param until older than this
/// @param after those that come after this row in that order
public record AuditQuery(
    Optional<String> subject,
    Optional<String> kind,
    Optional<Instant> since,
    Optional<Instant> until,
    Optional<Place> after,
    int limit) {

  /// Where a row is in the order of time.
  public record Place(long atMicros, String chain, long sequence) {

    private static final Pattern SHAPE =
        Pattern.compile("(\\d{1,18})~([A-Za-z0-9._-]+)~(\\d{1,18})");

    static Place of(AuditRow row) {
      return new Place(row.atMicros(), row.chain(), row.sequence());
    }

    /// @throws IllegalArgumentException if it is not the text of one
    public static Place parse(String text) {
      var match = SHAPE.matcher(text);
      if (!match.matches()) {
        throw new IllegalArgumentException("'" + text + "' is not the place of a row");
      }
      return new Place(
          Long.parseLong(match.group(1)), match.group(2), Long.parseLong(match.group(3)));
    }

    @Override
    public String toString() {
      return atMicros + "~" + chain + "~" + sequence;
    }
  }

  /// The newest rows, of all subjects or of one.
  public static AuditQuery newest(Optional<String> subject, int limit) {
    return new AuditQuery(
        subject, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), limit);
  }

  /// Where the next page begins; empty if this one was not full.
  public Optional<Place> next(List<AuditRow> page) {
    return page.size() < limit ? Optional.empty() : Optional.of(Place.of(page.getLast()));
  }

  /// Whether this row is one of them.
  public boolean matches(AuditRow row) {
    return subject.filter(of -> !row.subject().equals(Optional.of(of))).isEmpty()
        && kind.filter(of -> !row.kind().equals(of)).isEmpty()
        && since.filter(of -> row.at().isBefore(of)).isEmpty()
        && until.filter(of -> !row.at().isBefore(of)).isEmpty()
        && after.filter(of -> !isBefore(row, of)).isEmpty();
  }

  private static boolean isBefore(AuditRow row, Place place) {
    int time = Long.compare(row.atMicros(), place.atMicros());
    int chain = row.chain().compareTo(place.chain());
    return time != 0 ? time < 0 : chain != 0 ? chain < 0 : row.sequence() < place.sequence();
  }
}
