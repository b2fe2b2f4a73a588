package dev.nameplate.server.admin;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.EnrollmentRules.Credential;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.StationStore;
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
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Stations (registration authorities): registered for labels, looked at, and taken back.
@Path("stations")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class StationResource {

  private static final String USUAL_PROFILE = "station";

  private final OwnerDesk desk;
  private final StationStore stations;
  private final List<CertificateProfile> profiles;
  private final Views views;

  StationResource(
      OwnerDesk desk, StationStore stations, List<CertificateProfile> profiles, Views views) {
    this.desk = desk;
    this.stations = stations;
    this.profiles = profiles;
    this.views = views;
  }

  /// A page of stations, by name.
  @GET
  @RolesAllowed({Role.VIEWER, Role.CA_ADMIN})
  public AdminApi.Stations list(
      @QueryParam("state") @Nullable String state,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit) {
    var page = desk.list(state, after, limit);
    return new AdminApi.Stations(page.items().stream().map(this::station).toList(), page.next());
  }

  /// Makes a station known, and gives it an enrollment secret, which is shown this once.
  @Answers(AdminApi.RegisteredStation.class)
  @POST
  @RolesAllowed(Role.CA_ADMIN)
  public Response register(
      AdminApi.@Nullable RegisterStation body, @Context SecurityContext operator) {
    var wanted = Parameters.body(body);
    var id = Parameters.deviceId(wanted.id());
    var profile = wanted.profile() == null ? USUAL_PROFILE : wanted.profile();
    var labels = labels(wanted.labels());
    OwnerDesk.check(wanted.secretUses(), wanted.secretTtl());
    var by = operator.getUserPrincipal().getName();
    var station = desk.register(id.value(), profile, by);
    // before it has a secret, so that it can do nothing yet
    var why = new AuditEvent.StationAssigned(station.owner(), String.join(" ", labels), by);
    stations.assign(station.owner(), labels, why);
    var secret =
        desk.secret(station.owner(), "secret_", wanted.secretUses(), wanted.secretTtl(), by);
    return Response.status(Response.Status.CREATED)
        .entity(new AdminApi.RegisteredStation(station(station), secret))
        .build();
  }

  /// One station with its certificates.
  @GET
  @Path("{id}")
  @RolesAllowed({Role.VIEWER, Role.CA_ADMIN})
  public AdminApi.StationDetail show(@PathParam("id") String id) {
    var found = desk.find(id);
    return new AdminApi.StationDetail(station(found), views.certificates(desk.certificates(found)));
  }

  /// Another enrollment secret for a station, which is shown this once.
  @Answers(AdminApi.Secret.class)
  @POST
  @Path("{id}/secrets")
  @RolesAllowed(Role.CA_ADMIN)
  public Response addSecret(
      @PathParam("id") String id,
      AdminApi.@Nullable NewSecret body,
      @Context SecurityContext operator) {
    var wanted = Parameters.body(body);
    var by = operator.getUserPrincipal().getName();
    var secret = desk.secret(desk.find(id).owner(), "", wanted.uses(), wanted.ttl(), by);
    return Response.status(Response.Status.CREATED).entity(secret).build();
  }

  /// Takes a station back for good.
  @POST
  @Path("{id}/retire")
  @RolesAllowed(Role.CA_ADMIN)
  public AdminApi.RetiredStation retire(
      @PathParam("id") String id,
      AdminApi.@Nullable Retire body,
      @Context SecurityContext operator) {
    var by = operator.getUserPrincipal().getName();
    var end = desk.retire(id, Parameters.body(body).reason(), by);
    return new AdminApi.RetiredStation(
        station(end.owner()),
        views.certificates(end.revoked()),
        end.abandoned(),
        end.burned(),
        end.already());
  }

  private AdminApi.Station station(OwnerRecord record) {
    return new AdminApi.Station(
        record.owner().id(),
        Parameters.word(record.state()),
        record.epoch(),
        record.label(),
        stations.assignment(record.owner()).stream().sorted().toList(),
        record.registeredAt(),
        record.retiredAt().orElse(null));
  }

  private Set<String> labels(@Nullable List<String> wanted) {
    var open =
        profiles.stream()
            .filter(profile ->
                profile.enrollment().stream()
                    .anyMatch(rules -> rules.credentials().contains(Credential.STATION)))
            .map(profile -> profile.name())
            .collect(Collectors.toCollection(TreeSet::new));
    if (wanted == null || wanted.isEmpty()) {
      if (open.isEmpty()) {
        throw ProblemException.invalid(
            "labels: no label lets stations in; add station to the enrollment.credentials of one");
      }
      return open;
    }
    for (var label : wanted) {
      if (!open.contains(label)) {
        throw ProblemException.invalid(
            "labels: '"
                + label
                + "' does not let stations in; those that do: "
                + (open.isEmpty() ? "none" : String.join(", ", open)));
      }
    }
    return new TreeSet<>(wanted);
  }
}
