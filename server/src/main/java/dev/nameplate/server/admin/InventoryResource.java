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

/// Devices in bulk, with all that is known of them: into a file, and from one; and to another
/// owner, and from one.
@Path("inventory")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class InventoryResource {

  private final OwnerStore owners;
  private final ImportDesk imports;
  private final TransferDesk transfers;

  InventoryResource(OwnerStore owners, ImportDesk imports, TransferDesk transfers) {
    this.owners = owners;
    this.imports = imports;
    this.transfers = transfers;
  }

  /// Devices with all that is known of them, in the order of their names.
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

  /// Registers the devices of up to 1,000 rows, each in a transaction of its own; a row that is
  /// there already as it is changes nothing.
  @POST
  @Path("import")
  @RolesAllowed({Role.LINE_OPERATOR, Role.DEVICE_ADMIN})
  @Limited(Limited.By.ITSELF)
  public InventoryApi.Imported take(
      InventoryApi.@Nullable Import body, @Context SecurityContext operator) {
    return imports.take(Parameters.body(body), Operator.of(operator));
  }

  /// A signed package of what is known of devices that were retired because they change hands.
  @POST
  @Path("transfer")
  @RolesAllowed(Role.DEVICE_ADMIN)
  public TransferApi.Packed transfer(
      TransferApi.@Nullable Transfer body, @Context SecurityContext operator) {
    return transfers.pack(Parameters.body(body), Operator.of(operator).getName());
  }

  /// Registers the devices of such a package, and refuses for ever the keys that they had.
  @POST
  @Path("receive")
  @RolesAllowed(Role.DEVICE_ADMIN)
  public InventoryApi.Imported receive(
      TransferApi.@Nullable Receive body, @Context SecurityContext operator) {
    return transfers.receive(Parameters.body(body), Operator.of(operator).getName());
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
