package dev.nameplate.ca.admin;

import dev.nameplate.ca.device.DeviceAttributes;
import java.util.Set;
import java.util.stream.Collectors;

/// How far somebody's grants go for one act: everywhere, or wherever one of the scopes goes.
/// Without any, nowhere.
public record Reach(Set<Scope> scopes) {

  public static final Reach EVERYWHERE = new Reach(Set.of(Scope.everywhere()));

  public Reach {
    scopes = Set.copyOf(scopes);
  }

  /// Of those of the grants that are of one of the roles.
  public static Reach of(Set<Grant> grants, Set<AdminRole> roles) {
    return new Reach(
        grants.stream()
            .filter(grant -> roles.contains(grant.role()))
            .map(Grant::scope)
            .collect(Collectors.toUnmodifiableSet()));
  }

  public boolean isNowhere() {
    return scopes.isEmpty();
  }

  public boolean isEverywhere() {
    return scopes.contains(Scope.everywhere());
  }

  public boolean includes(Place place) {
    return scopes.stream().anyMatch(scope -> scope.includes(place));
  }

  /// The values of this dimension that are within.
  public Set<String> values(Scope.Dimension dimension) {
    return scopes.stream()
        .filter(Scope.Within.class::isInstance)
        .map(Scope.Within.class::cast)
        .filter(within -> within.dimension() == dimension)
        .map(Scope.Within::value)
        .collect(Collectors.toUnmodifiableSet());
  }

  /// What a new device has that says nothing else of itself: whoever is limited to one group, lot
  /// or site registers what belongs there.
  public DeviceAttributes completed(DeviceAttributes said) {
    if (scopes.size() != 1 || !(scopes.iterator().next() instanceof Scope.Within only)) {
      return said;
    }
    var value = only.value();
    return switch (only.dimension()) {
      case GROUP -> said.group().isPresent() ? said : said.withGroup(value);
      case LOT -> said.lot().isPresent() ? said : said.withLot(value);
      case SITE -> said.site().isPresent() ? said : said.withSite(value);
      case CA -> said;
    };
  }

  @Override
  public String toString() {
    return scopes.isEmpty()
        ? "nothing"
        : scopes.stream().map(Scope::toString).sorted().collect(Collectors.joining(", "));
  }
}
