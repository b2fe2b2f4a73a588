package dev.nameplate.server.admin;

import dev.nameplate.server.audit.AuditDesk;
import jakarta.annotation.Priority;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import java.util.Set;

/// While the database is in quarantine, operators may look, revoke, and end the quarantine. A
/// change more would be made in a state that may be put away again.
@Priority(Priorities.USER)
final class QuarantineFilter implements ContainerRequestFilter {

  /// What takes something back, or changes nothing.
  private static final Set<String> ALLOWED =
      Set.of(
          "POST /administrators/{id}/grants/revoke",
          "POST /administrators/{id}/retire",
          "POST /audit/verify",
          "POST /certificates/{serial}/revoke",
          "POST /crls/{issuer}/import",
          "POST /crls/{issuer}/publish",
          "POST /database/accept-restore",
          "POST /decide",
          "POST /devices/{id}/retire",
          "POST /devices/{id}/suspend",
          "POST /nodes/{id}/alarms",
          "POST /nodes/{id}/ocsp-signers",
          "POST /nodes/{id}/retire",
          "POST /stations/{id}/retire");

  private final AuditDesk desk;

  QuarantineFilter(AuditDesk desk) {
    this.desk = desk;
  }

  @Override
  public void filter(ContainerRequestContext request) {
    if (!request.getMethod().equals(HttpMethod.GET)
        && !request.getMethod().equals(HttpMethod.HEAD)
        && Route.of(request).filter(route -> ALLOWED.contains(route.toString())).isEmpty()) {
      desk.heldBecause()
          .ifPresent(why -> {
            throw ProblemException.unavailable("quarantine", why);
          });
    }
  }
}
