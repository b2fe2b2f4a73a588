package dev.nameplate.server.admin;

import dev.nameplate.ca.admin.Place;
import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.store.PlanItem;
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

/// Devices: registered, given enrollment secrets, looked at, and taken back.
@Path("devices")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class DeviceResource {

  private final OwnerDesk desk;
  private final RetirementDesk retirements;
  private final Places places;
  private final Views views;

  DeviceResource(OwnerDesk desk, RetirementDesk retirements, Places places, Views views) {
    this.desk = desk;
    this.retirements = retirements;
    this.places = places;
    this.views = views;
  }

  /// A page of devices, by name.
  @GET
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER})
  public AdminApi.Devices list(
      @QueryParam("state") @Nullable String state,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit) {
    var page = desk.list(state, after, limit);
    return new AdminApi.Devices(page.items().stream().map(views::device).toList(), page.next());
  }

  /// Makes a device known, and gives it an enrollment secret, which is shown this once.
  @Answers(AdminApi.Registered.class)
  @POST
  @RolesAllowed({Role.LINE_OPERATOR, Role.DEVICE_ADMIN})
  @Limited(Limited.By.ITSELF)
  public Response register(
      AdminApi.@Nullable RegisterDevice body, @Context SecurityContext operator) {
    var wanted = Parameters.body(body);
    var id = Parameters.deviceId(wanted.id());
    var profile = Parameters.required("profile", wanted.profile());
    OwnerDesk.check(wanted.secretUses(), wanted.secretTtl());
    var attributes = Operator.of(operator).reach().completed(DeviceAttributes.NONE);
    requireWithin(Operator.of(operator), places.ofNewDevice(profile, attributes));
    var by = operator.getUserPrincipal().getName();
    var device = desk.register(id.value(), profile, attributes, by);
    var secret =
        desk.secret(device.owner(), "secret_", wanted.secretUses(), wanted.secretTtl(), by);
    return Response.status(Response.Status.CREATED)
        .entity(new AdminApi.Registered(views.device(device), secret))
        .build();
  }

  /// One device with its certificates.
  @GET
  @Path("{id}")
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER})
  public AdminApi.DeviceDetail show(@PathParam("id") String id) {
    var device = desk.find(id);
    return new AdminApi.DeviceDetail(
        views.device(device), views.certificates(desk.certificates(device)));
  }

  /// Another enrollment secret for a device, which is shown this once.
  @Answers(AdminApi.Secret.class)
  @POST
  @Path("{id}/secrets")
  @RolesAllowed({Role.LINE_OPERATOR, Role.DEVICE_ADMIN})
  public Response addSecret(
      @PathParam("id") String id,
      AdminApi.@Nullable NewSecret body,
      @Context SecurityContext operator) {
    var wanted = Parameters.body(body);
    var by = operator.getUserPrincipal().getName();
    var secret = desk.secret(desk.find(id).owner(), "", wanted.uses(), wanted.ttl(), by);
    return Response.status(Response.Status.CREATED).entity(secret).build();
  }

  /// Takes a device back for good: revokes every certificate, burns every secret, and closes its
  /// name and keys.
  @POST
  @Path("{id}/retire")
  @RolesAllowed({Role.DEVICE_ADMIN, Role.REVOKER})
  public AdminApi.Retired retire(
      @PathParam("id") String id,
      DecommissionApi.@Nullable Retire body,
      @Context SecurityContext operator) {
    var by = operator.getUserPrincipal().getName();
    var result = retirements.retire(id, Parameters.body(body), by).flatMap(PlanItem::result);
    var device = desk.find(id);
    var revoked =
        desk.certificates(device).stream()
            .filter(record ->
                record
                    .revocation()
                    .filter(why -> result.filter(all -> all.at().equals(why.at())).isPresent())
                    .isPresent())
            .toList();
    return new AdminApi.Retired(
        views.device(device),
        views.certificates(revoked),
        result.map(PlanItem.Result::abandoned).orElse(0),
        result.map(PlanItem.Result::burned).orElse(0),
        result.isEmpty());
  }

  private static void requireWithin(Operator operator, Place place) {
    if (!operator.reach().includes(place)) {
      throw ProblemException.forbidden(
          "your roles for this are limited to "
              + operator.reach()
              + ", and the device would not be within");
    }
  }
}
