package dev.nameplate.server.admin;

import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.SecurityContext;
import org.jspecify.annotations.Nullable;

/// What needs a second person, and what he says: never who asked for it.
@Path("approvals")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class ApprovalResource {

  private final RetirementDesk desk;

  ApprovalResource(RetirementDesk desk) {
    this.desk = desk;
  }

  @GET
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER})
  public DecommissionApi.Plans list(@Context SecurityContext operator) {
    return new DecommissionApi.Plans(
        desk.plans("waiting", Operator.of(operator)).stream()
            .filter(plan -> plan.state().equals("waiting"))
            .toList());
  }

  /// @param id of the plan, or how its SHA-256 begins
  @POST
  @Path("{id}/grant")
  @RolesAllowed(Role.SECURITY_OFFICER)
  public DecommissionApi.PlanMoved grant(
      @PathParam("id") String id,
      DecommissionApi.@Nullable Decide body,
      @Context SecurityContext operator) {
    return desk.grant(id, Parameters.body(body), Operator.of(operator));
  }

  @POST
  @Path("{id}/deny")
  @RolesAllowed(Role.SECURITY_OFFICER)
  public DecommissionApi.PlanMoved deny(
      @PathParam("id") String id,
      DecommissionApi.@Nullable Decide body,
      @Context SecurityContext operator) {
    return desk.deny(id, Parameters.body(body), Operator.of(operator));
  }
}
