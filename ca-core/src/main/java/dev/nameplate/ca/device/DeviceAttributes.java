package dev.nameplate.ca.device;

import java.util.Optional;

/// What is known of a device beside its name: for finding it, and for saying who may see it.
/// Nothing of it goes into a certificate.
///
/// @param model what it is: `GW2`
/// @param site where it stands
/// @param group whom it belongs to in the operator's order of things
/// @param lot in which it was made
/// @param owner whose it is
/// @param hardwareSerial the serial number that its maker gave it
public record DeviceAttributes(
    Optional<String> model,
    Optional<String> site,
    Optional<String> group,
    Optional<String> lot,
    Optional<String> owner,
    Optional<String> hardwareSerial) {

  /// Nothing is known.
  public static final DeviceAttributes NONE =
      new DeviceAttributes(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  private static final int LONGEST = 100;

  /// @throws IllegalArgumentException if a value is blank, longer than 100 characters, or has
  ///   control characters in it
  public DeviceAttributes {
    check("model", model);
    check("site", site);
    check("group", group);
    check("lot", lot);
    check("owner", owner);
    check("hardware serial", hardwareSerial);
  }

  public DeviceAttributes withModel(String value) {
    return new DeviceAttributes(Optional.of(value), site, group, lot, owner, hardwareSerial);
  }

  public DeviceAttributes withSite(String value) {
    return new DeviceAttributes(model, Optional.of(value), group, lot, owner, hardwareSerial);
  }

  public DeviceAttributes withGroup(String value) {
    return new DeviceAttributes(model, site, Optional.of(value), lot, owner, hardwareSerial);
  }

  public DeviceAttributes withLot(String value) {
    return new DeviceAttributes(model, site, group, Optional.of(value), owner, hardwareSerial);
  }

  public DeviceAttributes withOwner(String value) {
    return new DeviceAttributes(model, site, group, lot, Optional.of(value), hardwareSerial);
  }

  public DeviceAttributes withHardwareSerial(String value) {
    return new DeviceAttributes(model, site, group, lot, owner, Optional.of(value));
  }

  private static void check(String name, Optional<String> value) {
    value
        .flatMap(DeviceAttributes::fault)
        .ifPresent(fault -> {
          throw new IllegalArgumentException(name + ": " + fault);
        });
  }

  private static Optional<String> fault(String value) {
    if (value.isBlank() || !value.strip().equals(value)) {
      return Optional.of("blank, or with blanks around it: '" + value + "'");
    }
    if (value.length() > LONGEST) {
      return Optional.of(value.length() + " characters; at most " + LONGEST + " are allowed");
    }
    return value.codePoints().anyMatch(Character::isISOControl)
        ? Optional.of("a control character is in it")
        : Optional.empty();
  }
}
