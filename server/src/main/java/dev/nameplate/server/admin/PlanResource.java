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

/// Plans to retire devices: made, looked at, started and stopped. Whoever is limited to some
/// devices plans with those, and sees no plans but their own.
@Path("plans")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class PlanResource {

  private final RetirementDesk desk;
  private final Places places;

  PlanResource(RetirementDesk desk, Places places) {
    this.desk = desk;
    this.places = places;
  }

  /// 201 with a plan that is kept; 200 with a draft, if it is a dry run or nothing is left to do.
  @POST
  @RolesAllowed({Role.DEVICE_ADMIN, Role.REVOKER})
  @Limited(Limited.By.ITSELF)
  public Response make(DecommissionApi.@Nullable NewPlan body, @Context SecurityContext operator) {
    var plan = desk.plan(Parameters.body(body), Operator.of(operator), places);
    return Response.status(plan.id() == null ? Response.Status.OK : Response.Status.CREATED)
        .entity(plan)
        .build();
  }

  @GET
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER})
  @Limited(Limited.By.ITSELF)
  public DecommissionApi.Plans list(
      @QueryParam("state") @Nullable String state, @Context SecurityContext operator) {
    return new DecommissionApi.Plans(desk.plans(state, Operator.of(operator)));
  }

  /// @param id its id, or how its SHA-256 begins
  @GET
  @Path("{id}")
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER})
  @Limited(Limited.By.ITSELF)
  public DecommissionApi.Plan show(@PathParam("id") String id, @Context SecurityContext operator) {
    return desk.show(id, Operator.of(operator));
  }

  @GET
  @Path("{id}/devices")
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER})
  @Limited(Limited.By.ITSELF)
  public DecommissionApi.PlanDevices devices(
      @PathParam("id") String id,
      @QueryParam("result") @Nullable String result,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit,
      @Context SecurityContext operator) {
    return desk.devices(id, result, after, limit, Operator.of(operator));
  }

  @POST
  @Path("{id}/start")
  @RolesAllowed({Role.DEVICE_ADMIN, Role.REVOKER})
  @Limited(Limited.By.ITSELF)
  public DecommissionApi.PlanMoved start(
      @PathParam("id") String id,
      DecommissionApi.@Nullable StartPlan body,
      @Context SecurityContext operator) {
    return desk.start(id, Parameters.body(body), Operator.of(operator));
  }

  @POST
  @Path("{id}/pause")
  @RolesAllowed({Role.DEVICE_ADMIN, Role.REVOKER})
  @Limited(Limited.By.ITSELF)
  public DecommissionApi.PlanMoved pause(
      @PathParam("id") String id, @Context SecurityContext operator) {
    return desk.pause(id, Operator.of(operator));
  }

  @POST
  @Path("{id}/resume")
  @RolesAllowed({Role.DEVICE_ADMIN, Role.REVOKER})
  @Limited(Limited.By.ITSELF)
  public DecommissionApi.PlanMoved resume(
      @PathParam("id") String id, @Context SecurityContext operator) {
    return desk.resume(id, Operator.of(operator));
  }

  @POST
  @Path("{id}/cancel")
  @RolesAllowed({Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER})
  @Limited(Limited.By.ITSELF)
  public DecommissionApi.PlanMoved cancel(
      @PathParam("id") String id, @Context SecurityContext operator) {
    return desk.cancel(id, Operator.of(operator));
  }
}
