package dev.nameplate.ca.store;

import dev.nameplate.ca.device.DeviceAttributes;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Which attributes of a device are to be changed, and to what; all others stay.
///
/// @param changes the new values; an empty one forgets what was there
public record AttributeEdit(Map<Attribute, Optional<String>> changes) {

  /// What can be known of a device.
  public enum Attribute {
    MODEL,
    SITE,
    GROUP,
    LOT,
    OWNER,
    HARDWARE_SERIAL;

    /// `hardware_serial`
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /// Whether it may say something about a person: it is erased with a purge, and never written
    /// into the audit log.
    public boolean isPersonal() {
      return switch (this) {
        case SITE, OWNER -> true;
        case MODEL, GROUP, LOT, HARDWARE_SERIAL -> false;
      };
    }

    public Optional<String> of(DeviceAttributes attributes) {
      return switch (this) {
        case MODEL -> attributes.model();
        case SITE -> attributes.site();
        case GROUP -> attributes.group();
        case LOT -> attributes.lot();
        case OWNER -> attributes.owner();
        case HARDWARE_SERIAL -> attributes.hardwareSerial();
      };
    }
  }

  public AttributeEdit {
    changes = Map.copyOf(changes);
  }

  /// Forgets what is personal.
  public static AttributeEdit forgetting() {
    var personal = new EnumMap<Attribute, Optional<String>>(Attribute.class);
    for (var attribute : Attribute.values()) {
      if (attribute.isPersonal()) {
        personal.put(attribute, Optional.empty());
      }
    }
    return new AttributeEdit(personal);
  }

  /// @throws IllegalArgumentException if a value cannot be one of its attribute
  public DeviceAttributes of(DeviceAttributes before) {
    return new DeviceAttributes(
        after(Attribute.MODEL, before),
        after(Attribute.SITE, before),
        after(Attribute.GROUP, before),
        after(Attribute.LOT, before),
        after(Attribute.OWNER, before),
        after(Attribute.HARDWARE_SERIAL, before));
  }

  private Optional<String> after(Attribute attribute, DeviceAttributes before) {
    return changes.getOrDefault(attribute, attribute.of(before));
  }

  /// What differs, for the audit log: `model: 'GW1' -> 'GW2'; owner`.
  public static String difference(DeviceAttributes before, DeviceAttributes after) {
    var different = new ArrayList<String>();
    for (var attribute : List.of(Attribute.values())) {
      var was = attribute.of(before);
      var is = attribute.of(after);
      if (!was.equals(is)) {
        different.add(
            attribute.isPersonal()
                ? attribute.text()
                : "%s: %s -> %s".formatted(attribute.text(), shown(was), shown(is)));
      }
    }
    return String.join("; ", different);
  }

  private static String shown(Optional<String> value) {
    return value.map(text -> "'" + text + "'").orElse("nothing");
  }
}
