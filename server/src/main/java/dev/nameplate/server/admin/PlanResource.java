package dev.nameplate.server.admin;

import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import org.jspecify.annotations.Nullable;

/// Plans to retire devices: made, looked at, started and stopped.
@Path("plans")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class PlanResource {

  private final RetirementDesk desk;

  PlanResource(RetirementDesk desk) {
    this.desk = desk;
  }

  /// 201 with a plan that is kept; 200 with a draft, if it is a dry run or nothing is left to do.
  @POST
  @RolesAllowed({Role.DEVICE_ADMIN, Role.REVOKER, Role.ADMIN})
  public Response make(
      DecommissionApi.@Nullable NewPlan body, @Context SecurityContext operator) {
    var plan = desk.plan(Parameters.body(body), operator.getUserPrincipal().getName());
    return Response.status(plan.id() == null ? Response.Status.OK : Response.Status.CREATED)
        .entity(plan)
        .build();
  }

  @GET
  @RolesAllowed({
    Role.VIEWER,
    Role.AUDITOR,
    Role.DEVICE_ADMIN,
    Role.REVOKER,
    Role.SECURITY_OFFICER,
    Role.ADMIN
  })
  public DecommissionApi.Plans list(@QueryParam("state") @Nullable String state) {
    return new DecommissionApi.Plans(desk.plans(state));
  }

  /// @param id its id, or how its SHA-256 begins
  @GET
  @Path("{id}")
  @RolesAllowed({
    Role.VIEWER,
    Role.AUDITOR,
    Role.DEVICE_ADMIN,
    Role.REVOKER,
    Role.SECURITY_OFFICER,
    Role.ADMIN
  })
  public DecommissionApi.Plan show(@PathParam("id") String id) {
    return desk.show(id);
  }

  @GET
  @Path("{id}/devices")
  @RolesAllowed({
    Role.VIEWER,
    Role.AUDITOR,
    Role.DEVICE_ADMIN,
    Role.REVOKER,
    Role.SECURITY_OFFICER,
    Role.ADMIN
  })
  public DecommissionApi.PlanDevices devices(
      @PathParam("id") String id,
      @QueryParam("result") @Nullable String result,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit) {
    return desk.devices(id, result, after, limit);
  }

  @POST
  @Path("{id}/start")
  @RolesAllowed({Role.DEVICE_ADMIN, Role.REVOKER, Role.ADMIN})
  public DecommissionApi.PlanMoved start(
      @PathParam("id") String id,
      DecommissionApi.@Nullable StartPlan body,
      @Context SecurityContext operator) {
    return desk.start(id, Parameters.body(body), operator.getUserPrincipal().getName());
  }

  @POST
  @Path("{id}/pause")
  @RolesAllowed({Role.DEVICE_ADMIN, Role.REVOKER, Role.ADMIN})
  public DecommissionApi.PlanMoved pause(
      @PathParam("id") String id, @Context SecurityContext operator) {
    return desk.pause(id, operator.getUserPrincipal().getName());
  }

  @POST
  @Path("{id}/resume")
  @RolesAllowed({Role.DEVICE_ADMIN, Role.REVOKER, Role.ADMIN})
  public DecommissionApi.PlanMoved resume(
      @PathParam("id") String id, @Context SecurityContext operator) {
    return desk.resume(id, operator.getUserPrincipal().getName());
  }

  @POST
  @Path("{id}/cancel")
  @RolesAllowed({Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER, Role.ADMIN})
  public DecommissionApi.PlanMoved cancel(
      @PathParam("id") String id, @Context SecurityContext operator) {
    return desk.cancel(id, operator.getUserPrincipal().getName());
  }
}
