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

/// How far the retirement of a device has come, and what is known of the data on it.
@Path("devices/{id}/retirement")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class RetirementResource {

  private final RetirementDesk desk;

  RetirementResource(RetirementDesk desk) {
    this.desk = desk;
  }

  @GET
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER})
  public DecommissionApi.Retirement show(@PathParam("id") String id) {
    return desk.retirement(id);
  }

  @POST
  @Path("wipe")
  @RolesAllowed({Role.DEVICE_ADMIN, Role.REVOKER})
  public DecommissionApi.Retirement wipe(
      @PathParam("id") String id,
      DecommissionApi.@Nullable Wipe body,
      @Context SecurityContext operator) {
    return desk.wipe(id, Parameters.body(body), operator.getUserPrincipal().getName());
  }
}
