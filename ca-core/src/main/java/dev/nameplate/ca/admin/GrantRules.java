package dev.nameplate.ca.admin;

import dev.nameplate.ca.device.Owner;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Who may give which grants, and take them: separation of duties. Pure; a store asks under its
/// locks.
public final class GrantRules {

  /// Why not.
  ///
  /// @param code that machines can rely on: `own_grants`
  public record No(String code, String detail) {}

  private GrantRules() {}

  /// @param granters what the granter has now; nothing for a founder
  /// @param held what the administrator has now
  /// @param wanted what is to be given
  public static Optional<No> whyNotGiven(
      Granter by, Set<Grant> granters, Owner admin, Set<Grant> held, Set<Grant> wanted) {
    return switch (by) {
      case Granter.Founder _ -> Optional.empty();
      case Granter.Officer(var officer) ->
          themselves(officer, admin, "gives grants to themselves")
              .or(() -> beyond(officer, granters, wanted))
              .or(() -> together(admin, held, wanted));
    };
  }

  /// @param othersWhoCan whether there is another security officer without a limit who can act: one
  ///   with a certificate that is good for some time
  public static Optional<No> whyNotTaken(
      Granter by, Set<Grant> granters, Owner admin, Set<Grant> taken, boolean othersWhoCan) {
    var refusal =
        switch (by) {
          case Granter.Founder _ -> Optional.<No>empty();
          case Granter.Officer(var officer) -> beyond(officer, granters, taken);
        };
    return refusal.or(() -> last(admin, taken, othersWhoCan));
  }

  private static Optional<No> themselves(Owner officer, Owner admin, String what) {
    return officer.equals(admin)
        ? no("own_grants", "nobody " + what + ": another security officer has to")
        : Optional.empty();
  }

  private static Optional<No> beyond(Owner officer, Set<Grant> granters, Set<Grant> wanted) {
    var reach = Reach.of(granters, Set.of(AdminRole.SECURITY_OFFICER));
    return wanted.stream()
        .filter(grant -> reach.scopes().stream().noneMatch(own -> own.covers(grant.scope())))
        .sorted()
        .findFirst()
        .flatMap(grant ->
            no(
                "beyond_own_scope",
                "%s is a security officer of %s, which does not reach to %s"
                    .formatted(officer, reach, grant)));
  }

  private static Optional<No> together(Owner admin, Set<Grant> held, Set<Grant> wanted) {
    if (held.containsAll(wanted)) {
      return Optional.empty();
    }
    var after = new HashSet<>(held);
    after.addAll(wanted);
    var roles = after.stream().map(Grant::role).collect(Collectors.toSet());
    var others = roles.stream().filter(AdminRole::needsASecondPerson).sorted();
    return roles.contains(AdminRole.SECURITY_OFFICER) ? together(admin, others) : Optional.empty();
  }

  private static Optional<No> together(Owner admin, Stream<AdminRole> others) {
    var names = others.map(AdminRole::text).collect(Collectors.joining(", "));
    return names.isEmpty()
        ? Optional.empty()
        : no(
            "duties_not_separated",
            "%s would be security-officer and %s, and could approve their own work"
                .formatted(admin, names));
  }

  private static Optional<No> last(Owner admin, Set<Grant> taken, boolean othersWhoCan) {
    return taken.contains(Grant.everywhere(AdminRole.SECURITY_OFFICER)) && !othersWhoCan
        ? no(
            "last_security_officer",
            admin
                + " is the last security officer who can act; make another first, who has enrolled")
        : Optional.empty();
  }

  private static Optional<No> no(String code, String detail) {
    return Optional.of(new No(code, detail));
  }
}
