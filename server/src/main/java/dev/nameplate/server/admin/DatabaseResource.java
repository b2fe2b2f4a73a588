package dev.nameplate.server.admin;

import dev.nameplate.server.audit.AuditDesk;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.SecurityContext;
import org.jspecify.annotations.Nullable;

/// The database as a whole.
@Path("database")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class DatabaseResource {

  private final AuditDesk desk;

  DatabaseResource(AuditDesk desk) {
    this.desk = desk;
  }

  /// Ends the quarantine of a database that was put back to an older state.
  @POST
  @Path("accept-restore")
  @RolesAllowed({Role.CA_ADMIN, Role.SECURITY_OFFICER})
  public CheckpointApi.AcceptedRestore acceptRestore(
      CheckpointApi.@Nullable AcceptRestore body, @Context SecurityContext operator) {
    var reason = Parameters.required("reason", Parameters.body(body).reason());
    return desk.acceptRestore(operator.getUserPrincipal().getName(), reason)
        .map(accepted -> {
          var of = accepted.quarantine();
          return new CheckpointApi.AcceptedRestore(
              of.since(), of.node(), of.why(), of.lostFrom(), of.lostTo(), accepted.inDoubt());
        })
        .orElseThrow(
            () -> ProblemException.conflict("no_quarantine", "the database is not in quarantine"));
  }
}
