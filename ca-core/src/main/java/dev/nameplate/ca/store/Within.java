package dev.nameplate.ca.store;

import dev.nameplate.ca.issuer.IssuerId;
import java.util.Set;

/// What somebody may see of a list who may not see all of it: what belongs to one of these devices,
/// and, of certificates, what one of these authorities issued.
public record Within(DeviceFilter.Within devices, Set<IssuerId> issuers) {

  public Within {
    issuers = Set.copyOf(issuers);
  }

  /// Whether the owner is in one of the places, whoever issues to it.
  public boolean includesPlaceOf(OwnerRecord owner) {
    return new DeviceFilter.Within(devices.groups(), devices.lots(), devices.sites(), Set.of())
        .includes(owner);
  }
}
