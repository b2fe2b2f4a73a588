package dev.nameplate.ca.admin;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Collectors;

/// A role, and where it may be used. Grants add up.
public record Grant(AdminRole role, Scope scope) implements Comparable<Grant> {

  private static final Comparator<Grant> ORDER =
      Comparator.comparing(Grant::role).thenComparing(grant -> grant.scope().toString());

  /// Everything, everywhere.
  public static Set<Grant> all() {
    return Arrays.stream(AdminRole.values())
        .map(Grant::everywhere)
        .collect(Collectors.toUnmodifiableSet());
  }

  public static Grant everywhere(AdminRole role) {
    return new Grant(role, Scope.EVERYWHERE);
  }

  @Override
  public int compareTo(Grant other) {
    return ORDER.compare(this, other);
  }

  /// `viewer`, or `viewer of group=plant-4`.
  @Override
  public String toString() {
    return scope.equals(Scope.EVERYWHERE) ? role.text() : role.text() + " of " + scope;
  }
}
