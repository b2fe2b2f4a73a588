package dev.nameplate.server.admin;

import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.audit.AuditVerifier;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The audit log: read, and checked.
@Path("audit")
@Produces(MediaType.APPLICATION_JSON)
public final class AuditResource {

  private final AuditLog audit;

  AuditResource(AuditLog audit) {
    this.audit = audit;
  }

  @GET
  @RolesAllowed({Role.AUDITOR, Role.SECURITY_OFFICER})
  public AdminApi.AuditRows newest(
      @QueryParam("subject") @Nullable String subject,
      @QueryParam("limit") @Nullable String limit) {
    var rows = audit.newest(Optional.ofNullable(subject), Parameters.limit(limit));
    return new AdminApi.AuditRows(rows.stream().map(AuditResource::row).toList());
  }

  @POST
  @Path("verify")
  @RolesAllowed({Role.AUDITOR, Role.SECURITY_OFFICER})
  public AdminApi.AuditVerdict verify() {
    var verifier = new AuditVerifier();
    audit.rows(verifier::next);
    return switch (verifier.verdict()) {
      case AuditVerdict.Intact(var rows, var chains) ->
          new AdminApi.AuditVerdict(true, rows, chains, null, null, null);
      case AuditVerdict.Broken(var chain, var sequence, var what) ->
          new AdminApi.AuditVerdict(false, null, null, chain, sequence, what);
      case AuditVerdict.BadCheckpoint(var number, var what) ->
          new AdminApi.AuditVerdict(
              false, null, null, null, null, "checkpoint " + number + ": " + what);
    };
  }

  private static AdminApi.AuditRow row(AuditRow row) {
    return new AdminApi.AuditRow(
        row.chain(),
        row.sequence(),
        row.at(),
        row.kind(),
        row.subject().orElse(null),
        row.payload().orElse(null));
  }
}
