package dev.nameplate.server.admin;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.enrollment.EnrollmentSecrets;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.retirement.Decommission;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.OwnerQuery;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.RegisterOutcome;
import dev.nameplate.ca.store.RetireOutcome;
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
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Devices: registered, given enrollment secrets, looked at, and taken back.
@Path("devices")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class DeviceResource {

  private static final int MOST_USES = 1000;
  private static final Duration LONGEST_TTL = Duration.ofDays(3650);
  private static final Duration USUAL_TTL = Duration.ofHours(24);

  private final OwnerStore owners;
  private final CertificateStore certificates;
  private final EnrollmentSecrets secrets;
  private final Decommission decommission;
  private final List<CertificateProfile> profiles;
  private final InstantSource clock;
  private final Views views;

  DeviceResource(
      OwnerStore owners,
      CertificateStore certificates,
      EnrollmentSecrets secrets,
      Decommission decommission,
      List<CertificateProfile> profiles,
      InstantSource clock,
      Views views) {
    this.owners = owners;
    this.certificates = certificates;
    this.secrets = secrets;
    this.decommission = decommission;
    this.profiles = profiles;
    this.clock = clock;
    this.views = views;
  }

  @GET
  @RolesAllowed(Role.ADMIN)
  public AdminApi.Devices list(
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
    var next = page.size() < most ? null : page.getLast().owner().id();
    return new AdminApi.Devices(page.stream().map(views::device).toList(), next);
  }

  @POST
  @RolesAllowed(Role.ADMIN)
  public Response register(
      AdminApi.@Nullable RegisterDevice body, @Context SecurityContext operator) {
    var wanted = Parameters.body(body);
    var device = Parameters.deviceId(wanted.id());
    var profile = profile(Parameters.required("profile", wanted.profile()));
    int uses = uses("secret_uses", wanted.secretUses());
    var ttl = ttl("secret_ttl", wanted.secretTtl());
    var by = operator.getUserPrincipal().getName();
    var why = new AuditEvent.OwnerRegistered(device.owner(), profile.name(), by);
    var registered =
        switch (owners.register(device.owner(), profile.name(), clock.instant(), why)) {
          case RegisterOutcome.Registered(var owner) -> owner;
          case RegisterOutcome.NameTaken(var owner) ->
              throw ProblemException.conflict("name_taken", "the name belongs to " + owner);
          case RegisterOutcome.NameRetired(var owner) ->
              throw ProblemException.conflict(
                  "name_retired", "the name belonged to " + owner + ", which was retired");
        };
    var secret = secret(device.owner(), uses, ttl, by);
    return Response.status(Response.Status.CREATED)
        .entity(new AdminApi.Registered(views.device(registered), secret))
        .build();
  }

  @GET
  @Path("{id}")
  @RolesAllowed(Role.ADMIN)
  public AdminApi.DeviceDetail show(@PathParam("id") String id) {
    var device = find(Parameters.deviceId(id));
    return new AdminApi.DeviceDetail(
        views.device(device),
        views.certificates(certificates.list(CertificateQuery.ofOwner(device.owner()))));
  }

  @POST
  @Path("{id}/secrets")
  @RolesAllowed(Role.ADMIN)
  public Response addSecret(
      @PathParam("id") String id,
      AdminApi.@Nullable NewSecret body,
      @Context SecurityContext operator) {
    var wanted = Parameters.body(body);
    var device = find(Parameters.deviceId(id));
    var secret =
        secret(
            device.owner(),
            uses("uses", wanted.uses()),
            ttl("ttl", wanted.ttl()),
            operator.getUserPrincipal().getName());
    return Response.status(Response.Status.CREATED).entity(secret).build();
  }

  @POST
  @Path("{id}/retire")
  @RolesAllowed(Role.ADMIN)
  public AdminApi.Retired retire(
      @PathParam("id") String id,
      AdminApi.@Nullable Retire body,
      @Context SecurityContext operator) {
    var device = Parameters.deviceId(id);
    var reason = Parameters.reason(Parameters.body(body).reason());
    var by = operator.getUserPrincipal().getName();
    return switch (decommission.retire(device.owner(), reason, by)) {
      case RetireOutcome.Retired(var owner, var revoked, var abandoned, var burned) ->
          new AdminApi.Retired(
              views.device(owner), views.certificates(revoked), abandoned, burned, false);
      case RetireOutcome.AlreadyRetired(var owner) ->
          new AdminApi.Retired(views.device(owner), List.of(), 0, 0, true);
      case RetireOutcome.NotFound() -> throw unknown(device);
    };
  }

  private AdminApi.Secret secret(Owner owner, int uses, Duration ttl, String by) {
    var secret =
        secrets
            .issue(owner, uses, ttl, by)
            .orElseThrow(() -> ProblemException.conflict("retired", owner + " is retired"));
    return new AdminApi.Secret(secret.id(), secret.text(), secret.uses(), secret.expires());
  }

  private CertificateProfile profile(String name) {
    return profiles.stream()
        .filter(profile -> profile.name().equals(name))
        .filter(profile -> profile.owners().contains(OwnerKind.DEVICE))
        .findFirst()
        .orElseThrow(() ->
            ProblemException.invalid("profile: there is no profile '" + name + "' for devices"));
  }

  private OwnerRecord find(DeviceId device) {
    return owners.find(device.owner()).orElseThrow(() -> unknown(device));
  }

  private static ProblemException unknown(DeviceId device) {
    return ProblemException.notFound("there is no device " + device);
  }

  private static int uses(String name, @Nullable Integer wanted) {
    int uses = wanted == null ? 1 : wanted;
    if (uses < 1 || uses > MOST_USES) {
      throw ProblemException.invalid(name + ": " + uses + " is not 1 to " + MOST_USES);
    }
    return uses;
  }

  private static Duration ttl(String name, @Nullable Duration wanted) {
    var ttl = wanted == null ? USUAL_TTL : wanted;
    if (ttl.toSeconds() < 1 || ttl.compareTo(LONGEST_TTL) > 0) {
      throw ProblemException.invalid(name + ": " + ttl + " is not 1 second to 10 years");
    }
    return ttl;
  }
}
