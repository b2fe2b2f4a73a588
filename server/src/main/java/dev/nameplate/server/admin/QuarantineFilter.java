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

  /// How the paths end of what takes something back, or changes nothing.
  private static final Set<String> ALLOWED =
      Set.of(
          "accept-restore",
          "verify",
          "revoke",
          "retire",
          "suspend",
          "publish",
          "import",
          "ocsp-signers",
          "alarms",
          "decide");

  private final AuditDesk desk;

  QuarantineFilter(AuditDesk desk) {
    this.desk = desk;
  }

  @Override
  public void filter(ContainerRequestContext request) {
    var path = request.getUriInfo().getPath();
    var verb = path.substring(path.lastIndexOf('/') + 1);
    if (!request.getMethod().equals(HttpMethod.GET)
        && !request.getMethod().equals(HttpMethod.HEAD)
        && !ALLOWED.contains(verb)) {
      desk.heldBecause()
          .ifPresent(why -> {
            throw ProblemException.unavailable("quarantine", why);
          });
    }
  }
}
