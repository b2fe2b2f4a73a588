package dev.nameplate.server.admin;

import dev.nameplate.ca.admin.AdminRole;
import dev.nameplate.ca.admin.Grant;
import dev.nameplate.ca.admin.Granter;
import dev.nameplate.ca.admin.Reach;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.x509.Certificate;
import jakarta.ws.rs.core.SecurityContext;
import java.security.Principal;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/// Who asks the admin API for something, by a client certificate, with what they may do at this
/// moment.
///
/// @param reach how far they may go on the route that they asked for; nowhere before that is known
record Operator(Owner owner, Certificate certificate, Origin origin, Set<Grant> grants, Reach reach)
    implements Principal {

  /// @throws IllegalStateException for a context that is not of this API
  static Operator of(SecurityContext context) {
    if (context.getUserPrincipal() instanceof Operator operator) {
      return operator;
    }
    throw new IllegalStateException("a request that nobody made");
  }

  @Override
  public String getName() {
    return owner.toString();
  }

  Granter granter() {
    return new Granter.Officer(owner);
  }

  boolean isInRole(String role) {
    return owner.kind() == OwnerKind.ADMIN
        ? grants.stream().anyMatch(grant -> grant.role().text().equals(role))
        : role.equals(Role.NODE);
  }

  /// The same on a route that is for these.
  Operator on(Set<String> roles) {
    if (owner.kind() != OwnerKind.ADMIN) {
      return with(roles.contains(Role.NODE) ? Reach.EVERYWHERE : new Reach(Set.of()));
    }
    var known =
        Arrays.stream(AdminRole.values())
            .filter(role -> roles.contains(role.text()))
            .collect(Collectors.toSet());
    return with(Reach.of(grants, known));
  }

  /// How far they may go as one of these: of a route's roles not all may do the same.
  Reach reachAs(AdminRole... roles) {
    return Reach.of(grants, Set.of(roles));
  }

  /// `certificate:` and its SHA-256, for the audit log.
  String credential() {
    return "certificate:" + certificate.sha256();
  }

  private Operator with(Reach reach) {
    return new Operator(owner, certificate, origin, grants, reach);
  }
}
