package dev.nameplate.ca.admin;

import java.util.Set;
import java.util.stream.Collectors;

/// How far somebody's grants go for one act: everywhere, or wherever one of the scopes goes.
/// Without any, nowhere.
public record Reach(Set<Scope> scopes) {

  public static final Reach EVERYWHERE = new Reach(Set.of(Scope.EVERYWHERE));

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
    return scopes.contains(Scope.EVERYWHERE);
  }

  public boolean includes(Place place) {
    return scopes.stream().anyMatch(scope -> scope.includes(place));
  }

  @Override
  public String toString() {
    return scopes.isEmpty()
        ? "nothing"
        : scopes.stream().map(Scope::toString).sorted().collect(Collectors.joining(", "));
  }
}
