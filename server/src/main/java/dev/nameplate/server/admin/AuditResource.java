package dev.nameplate.server.admin;

import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.audit.AuditQuery;
import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.server.audit.AuditDesk;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The audit log: read, and checked.
@Path("audit")
@Produces(MediaType.APPLICATION_JSON)
public final class AuditResource {

  private static final String NDJSON = "application/x-ndjson";

  private final AuditLog audit;
  private final AuditDesk desk;

  AuditResource(AuditLog audit, AuditDesk desk) {
    this.audit = audit;
    this.desk = desk;
  }

  /// The newest rows of the audit log, of all or about one subject.
  @GET
  @RolesAllowed({Role.AUDITOR, Role.SECURITY_OFFICER})
  public AdminApi.AuditRows newest(
      @QueryParam("subject") @Nullable String subject,
      @QueryParam("kind") @Nullable String kind,
      @QueryParam("since") @Nullable String since,
      @QueryParam("until") @Nullable String until,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit) {
    var query =
        new AuditQuery(
            Optional.ofNullable(subject),
            Optional.ofNullable(kind),
            time("since", since),
            time("until", until),
            Optional.ofNullable(after)
                .map(text -> Parameters.value("after", text, AuditQuery.Place::parse)),
            Parameters.limit(limit));
    var rows = audit.newest(query);
    return new AdminApi.AuditRows(
        rows.stream().map(AuditResource::row).toList(),
        query.next(rows).map(Object::toString).orElse(null));
  }

  private static Optional<Instant> time(String name, @Nullable String text) {
    try {
      return Optional.ofNullable(text).map(Instant::parse);
    } catch (DateTimeParseException wrong) {
      throw ProblemException.invalid(
          name + ": '" + text + "' is not a time such as 2026-11-24T02:00:00Z");
    }
  }

  /// Checks every chain of the audit log from its first row.
  @POST
  @Path("verify")
  @RolesAllowed({Role.AUDITOR, Role.SECURITY_OFFICER})
  public AdminApi.AuditVerdict verify() {
    var found = desk.verify();
    var until = found.provenUntil().orElse(null);
    return switch (found.verdict()) {
      case AuditVerdict.Intact(var rows, var chains) ->
          new AdminApi.AuditVerdict(
              true, rows, chains, null, null, null, null, found.checkpoints(), until);
      case AuditVerdict.Broken(var chain, var sequence, var what) ->
          new AdminApi.AuditVerdict(
              false, null, null, chain, sequence, what, null, found.checkpoints(), until);
      case AuditVerdict.BadCheckpoint(var number, var what) ->
          new AdminApi.AuditVerdict(
              false, null, null, null, null, what, number, found.checkpoints(), until);
    };
  }

  /// The whole log, to be checked elsewhere.
  @GET
  @Path("export")
  @Produces(NDJSON)
  @RolesAllowed({Role.AUDITOR, Role.SECURITY_OFFICER})
  public Response export() {
    StreamingOutput archive = desk::export;
    return Response.ok(archive, NDJSON).build();
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
