package dev.nameplate.ca.store;

import dev.nameplate.ca.device.OwnerState;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// Which devices are wanted: those for which all of this is so.
///
/// @param is what some fields are
/// @param when between which times something was, or will be
/// @param idPrefix with what the name begins
/// @param neverIssued only those that were never issued a certificate
/// @param within only those that are in one of these places
public record DeviceFilter(
    Map<Field, String> is,
    Map<Moment, Span> when,
    Optional<String> idPrefix,
    boolean neverIssued,
    Optional<Within> within) {

  /// What a device can be found by, exactly.
  public enum Field {
    HARDWARE_SERIAL,
    LOT,
    OWNER,
    SITE,
    GROUP,
    MODEL,
    STATE,
    LABEL
  }

  /// The times that are remembered of a device.
  public enum Moment {
    /// When it was registered for the first time.
    REGISTERED,
    /// When it was last issued a certificate.
    ISSUED,
    /// When the certificate that it was issued last expires.
    EXPIRES
  }

  /// From `from` on, and before `before`.
  public record Span(Optional<Instant> from, Optional<Instant> before) {

    public static final Span ALWAYS = new Span(Optional.empty(), Optional.empty());

    public boolean includes(Instant at) {
      return from.filter(at::isBefore).isEmpty() && before.filter(b -> !at.isBefore(b)).isEmpty();
    }
  }

  /// All devices.
  public static final DeviceFilter ALL =
      new DeviceFilter(Map.of(), Map.of(), Optional.empty(), false, Optional.empty());

  public DeviceFilter {
    is = Map.copyOf(is);
    when = Map.copyOf(when);
  }

  public static DeviceFilter ofState(OwnerState state) {
    return new DeviceFilter(
        Map.of(Field.STATE, state.name()), Map.of(), Optional.empty(), false, Optional.empty());
  }

  /// The same, of what is within.
  public DeviceFilter within(Within places) {
    return new DeviceFilter(is, when, idPrefix, neverIssued, Optional.of(places));
  }

  /// @param issuedAt when it was last issued a certificate
  /// @param expiresAt when that one expires
  public boolean includes(
      OwnerRecord record, Optional<Instant> issuedAt, Optional<Instant> expiresAt) {
    return is.entrySet().stream()
            .allMatch(each -> Optional.of(each.getValue()).equals(of(each.getKey(), record)))
        && includes(Moment.REGISTERED, Optional.of(record.registeredAt()))
        && includes(Moment.ISSUED, issuedAt)
        && includes(Moment.EXPIRES, expiresAt)
        && idPrefix.stream().allMatch(record.owner().id()::startsWith)
        && (!neverIssued || issuedAt.isEmpty())
        && within.stream().allMatch(places -> places.includes(record));
  }

  private boolean includes(Moment moment, Optional<Instant> at) {
    var span = when.get(moment);
    return span == null || at.filter(span::includes).isPresent();
  }

  private static Optional<String> of(Field field, OwnerRecord record) {
    var known = record.attributes();
    return switch (field) {
      case HARDWARE_SERIAL -> known.hardwareSerial();
      case LOT -> known.lot();
      case OWNER -> known.owner();
      case SITE -> known.site();
      case GROUP -> known.group();
      case MODEL -> known.model();
      case LABEL -> Optional.of(record.label());
      case STATE -> Optional.of(record.state().name());
    };
  }
}
