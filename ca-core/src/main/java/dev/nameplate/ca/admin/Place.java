package dev.nameplate.ca.admin;

import dev.nameplate.ca.admin.Scope.Dimension;
import dev.nameplate.ca.device.DeviceAttributes;
import java.util.Optional;

/// Where something is, as scopes see it.
///
/// @param ca the role of the authority that issues to it
public record Place(
    Optional<String> group, Optional<String> lot, Optional<String> site, Optional<String> ca) {

  /// What only somebody without a limit can see.
  public static final Place NOWHERE =
      new Place(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  /// What belongs to an authority, and to no group.
  public static Place ofAuthority(String role) {
    return new Place(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(role));
  }

  /// Where a device with these attributes is.
  ///
  /// @param ca the role of the authority that issues to it
  public static Place of(DeviceAttributes attributes, Optional<String> ca) {
    return new Place(attributes.group(), attributes.lot(), attributes.site(), ca);
  }

  Optional<String> at(Dimension dimension) {
    return switch (dimension) {
      case GROUP -> group;
      case LOT -> lot;
      case SITE -> site;
      case CA -> ca;
    };
  }
}
