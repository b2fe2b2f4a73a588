package dev.nameplate.server.admin;

import dev.nameplate.ca.admin.Place;
import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.retirement.Lifecycle;
import dev.nameplate.ca.store.AttributeEdit;
import dev.nameplate.ca.store.AttributeEdit.Attribute;
import dev.nameplate.ca.store.DeviceFilter;
import dev.nameplate.ca.store.DeviceWhere;
import dev.nameplate.ca.store.MoveOutcome;
import dev.nameplate.ca.store.PlanItem;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Devices: registered, given enrollment secrets, looked at, and taken back.
@Path("devices")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class DeviceResource {

  private static final int LONGEST_WHY = 500;

  private final OwnerDesk desk;
  private final RetirementDesk retirements;
  private final Lifecycle lifecycle;
  private final Places places;
  private final Views views;

  DeviceResource(
      OwnerDesk desk, RetirementDesk retirements, Lifecycle lifecycle, Places places, Views views) {
    this.desk = desk;
    this.retirements = retirements;
    this.lifecycle = lifecycle;
    this.places = places;
    this.views = views;
  }

  /// A page of devices, by name.
  @GET
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER})
  @Limited(Limited.By.ITSELF)
  public AdminApi.Devices list(
      @QueryParam("state") @Nullable String state,
      @QueryParam("where") @Nullable String where,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit,
      @Context SecurityContext operator) {
    var asked = filter(state, where);
    var filter = places.within(Operator.of(operator).reach()).map(asked::within).orElse(asked);
    var page = desk.search(filter, after, limit);
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
    var attributes = Operator.of(operator).reach().completed(attributes(wanted));
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
    return views.device(device, desk.life(device), desk.certificates(device));
  }

  @PATCH
  @Path("{id}")
  @RolesAllowed(Role.DEVICE_ADMIN)
  public AdminApi.Device edit(
      @PathParam("id") String id,
      LifecycleApi.@Nullable Edit body,
      @Context SecurityContext operator) {
    var device = desk.find(id);
    var edit = edit(Parameters.body(body));
    var after = possible(() -> edit.of(device.attributes()));
    requireWithin(Operator.of(operator), places.ofNewDevice(device.label(), after));
    var owner = device.owner();
    return views.device(
        desk.moved(owner, lifecycle.edit(owner, edit, Operator.of(operator).getName())).owner());
  }

  @POST
  @Path("{id}/suspend")
  @RolesAllowed({Role.DEVICE_ADMIN, Role.REVOKER})
  public LifecycleApi.Moved suspend(
      @PathParam("id") String id,
      LifecycleApi.@Nullable Suspend body,
      @Context SecurityContext operator) {
    var wanted = Parameters.body(body);
    var reason = words("reason", wanted.reason());
    var until = Optional.ofNullable(wanted.until());
    var owner = desk.owner(id);
    var by = Operator.of(operator).getName();
    return moved(owner, possible(() -> lifecycle.suspend(owner, reason, until, by)));
  }

  @POST
  @Path("{id}/resume")
  @RolesAllowed({Role.DEVICE_ADMIN, Role.REVOKER})
  public LifecycleApi.Moved resume(
      @PathParam("id") String id,
      LifecycleApi.@Nullable Because body,
      @Context SecurityContext operator) {
    var why = words("why", Parameters.body(body).why());
    var owner = desk.owner(id);
    return moved(owner, lifecycle.resume(owner, why, Operator.of(operator).getName()));
  }

  @POST
  @Path("{id}/cancel")
  @RolesAllowed({Role.LINE_OPERATOR, Role.DEVICE_ADMIN})
  public LifecycleApi.Moved cancel(
      @PathParam("id") String id,
      LifecycleApi.@Nullable Because body,
      @Context SecurityContext operator) {
    var why = words("why", Parameters.body(body).why());
    var owner = desk.owner(id);
    return moved(owner, lifecycle.cancel(owner, why, Operator.of(operator).getName()));
  }

  @POST
  @Path("{id}/repurpose")
  @RolesAllowed(Role.DEVICE_ADMIN)
  public LifecycleApi.Repurposed repurpose(
      @PathParam("id") String id,
      LifecycleApi.@Nullable Repurpose body,
      @Context SecurityContext operator) {
    var wanted = Parameters.body(body);
    var why = words("why", wanted.why());
    OwnerDesk.check(wanted.secretUses(), wanted.secretTtl());
    var device = desk.find(id);
    var label = desk.profile(Objects.requireNonNullElse(wanted.profile(), device.label())).name();
    requireWithin(Operator.of(operator), places.ofNewDevice(label, device.attributes()));
    var by = Operator.of(operator).getName();
    var owner = device.owner();
    var moved = desk.moved(owner, lifecycle.repurpose(owner, label, why, by));
    return new LifecycleApi.Repurposed(
        views.device(moved.owner()),
        desk.secret(owner, "secret_", wanted.secretUses(), wanted.secretTtl(), by));
  }

  /// Nobody erases what they did themselves: this is not for those who work with devices.
  @POST
  @Path("{id}/purge")
  @RolesAllowed(Role.SECURITY_OFFICER)
  public LifecycleApi.Moved purge(@PathParam("id") String id, @Context SecurityContext operator) {
    var owner = desk.owner(id);
    return moved(owner, lifecycle.purge(owner, Operator.of(operator).getName()));
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

  private LifecycleApi.Moved moved(Owner owner, MoveOutcome outcome) {
    var moved = desk.moved(owner, outcome);
    return new LifecycleApi.Moved(
        views.device(moved.owner()), views.certificates(moved.certificates()));
  }

  static DeviceFilter filter(@Nullable String state, @Nullable String where) {
    var of = Parameters.state(OwnerState.class, state);
    if (where == null) {
      return of.map(DeviceFilter::ofState).orElse(DeviceFilter.ALL);
    }
    if (of.isPresent()) {
      throw ProblemException.invalid("state: say it in where: state=" + state);
    }
    return Parameters.value("where", where, DeviceWhere::parse);
  }

  private static DeviceAttributes attributes(AdminApi.RegisterDevice wanted) {
    return possible(() ->
        new DeviceAttributes(
            Optional.ofNullable(wanted.model()),
            Optional.ofNullable(wanted.site()),
            Optional.ofNullable(wanted.group()),
            Optional.ofNullable(wanted.lot()),
            Optional.ofNullable(wanted.owner()),
            Optional.ofNullable(wanted.hardwareSerial())));
  }

  private static AttributeEdit edit(LifecycleApi.Edit wanted) {
    var changes = new EnumMap<Attribute, Optional<String>>(Attribute.class);
    change(changes, Attribute.MODEL, wanted.model());
    change(changes, Attribute.SITE, wanted.site());
    change(changes, Attribute.GROUP, wanted.group());
    change(changes, Attribute.LOT, wanted.lot());
    change(changes, Attribute.OWNER, wanted.owner());
    change(changes, Attribute.HARDWARE_SERIAL, wanted.hardwareSerial());
    return new AttributeEdit(changes);
  }

  private static void change(
      Map<Attribute, Optional<String>> changes, Attribute attribute, @Nullable String value) {
    if (value != null) {
      changes.put(attribute, value.isEmpty() ? Optional.empty() : Optional.of(value));
    }
  }

  /// A sentence of an operator's, for the audit log.
  private static String words(String name, @Nullable String text) {
    var said = Parameters.required(name, text);
    if (said.length() > LONGEST_WHY || said.codePoints().anyMatch(Character::isISOControl)) {
      throw ProblemException.invalid(
          name + ": at most " + LONGEST_WHY + " characters, and none that control a terminal");
    }
    return said;
  }

  private static <T> T possible(Supplier<T> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException wrong) {
      throw ProblemException.invalid(String.valueOf(wrong.getMessage()));
    }
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
