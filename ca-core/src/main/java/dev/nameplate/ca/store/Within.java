package dev.nameplate.ca.store;

import dev.nameplate.ca.issuer.IssuerId;
import java.util.Set;

/// What somebody may see of a list who may not see all of it: what has one of these. With nothing
/// in any of them that is nothing.
///
/// @param labels of devices: what the authorities issue that are within reach
/// @param issuers of certificates
public record Within(
    Set<String> groups,
    Set<String> lots,
    Set<String> sites,
    Set<String> labels,
    Set<IssuerId> issuers) {

  public Within {
    groups = Set.copyOf(groups);
    lots = Set.copyOf(lots);
    sites = Set.copyOf(sites);
    labels = Set.copyOf(labels);
    issuers = Set.copyOf(issuers);
  }

  /// For lists of devices, where issuers have no place.
  public Within(Set<String> groups, Set<String> lots, Set<String> sites, Set<String> labels) {
    this(groups, lots, sites, labels, Set.of());
  }

  /// Whether a device is among what may be seen.
  public boolean includes(OwnerRecord device) {
    return includesPlaceOf(device) || labels.contains(device.label());
  }

  /// Whether the device is, whoever issues to it.
  public boolean includesPlaceOf(OwnerRecord device) {
    var attributes = device.attributes();
    return attributes.group().filter(groups::contains).isPresent()
        || attributes.lot().filter(lots::contains).isPresent()
        || attributes.site().filter(sites::contains).isPresent();
  }
}
