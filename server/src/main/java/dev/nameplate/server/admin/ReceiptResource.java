package dev.nameplate.server.admin;

import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import org.jspecify.annotations.Nullable;

/// The proofs that devices were taken out of service.
@Path("receipts")
@Produces(MediaType.APPLICATION_JSON)
public final class ReceiptResource {

  private final RetirementDesk desk;

  ReceiptResource(RetirementDesk desk) {
    this.desk = desk;
  }

  @GET
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER})
  public DecommissionApi.ReceiptPage list(
      @QueryParam("device") @Nullable String device,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit) {
    return desk.receipts(device, after, limit);
  }

  @GET
  @Path("{id}")
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER})
  public DecommissionApi.Receipt show(@PathParam("id") String id) {
    return desk.receipt(id);
  }
}
