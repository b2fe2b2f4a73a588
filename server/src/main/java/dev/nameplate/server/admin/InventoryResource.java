package dev.nameplate.server.admin;

import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.store.OwnerQuery;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.OwnerStore;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.SecurityContext;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Devices in bulk, with all that is known of them: into a file, and from one.
@Path("inventory")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class InventoryResource {

  private final OwnerStore owners;
  private final ImportDesk imports;

  InventoryResource(OwnerStore owners, ImportDesk imports) {
    this.owners = owners;
    this.imports = imports;
  }

  @GET
  @Path("devices")
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER})
  public InventoryApi.Devices list(
      @QueryParam("state") @Nullable String state,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit) {
    int most = Parameters.limit(limit);
    var page =
        owners.list(
            new OwnerQuery(
                OwnerKind.DEVICE,
                Parameters.state(OwnerState.class, state),
                Optional.ofNullable(after),
                most));
    return new InventoryApi.Devices(
        page.stream().map(InventoryResource::view).toList(),
        page.size() < most ? null : page.getLast().owner().id());
  }

  @POST
  @Path("import")
  @RolesAllowed({Role.LINE_OPERATOR, Role.DEVICE_ADMIN})
  @Limited(Limited.By.ITSELF)
  public InventoryApi.Imported take(
      InventoryApi.@Nullable Import body, @Context SecurityContext operator) {
    return imports.take(Parameters.body(body), Operator.of(operator));
  }

  private static InventoryApi.Device view(OwnerRecord record) {
    var known = record.attributes();
    return new InventoryApi.Device(
        record.owner().id(),
        record.label(),
        known.model().orElse(null),
        known.site().orElse(null),
        known.group().orElse(null),
        known.lot().orElse(null),
        known.owner().orElse(null),
        known.hardwareSerial().orElse(null),
        Parameters.word(record.state()),
        record.epoch(),
        record.registeredAt(),
        record.retiredAt().orElse(null));
  }
}
