package dev.nameplate.server.admin;

import dev.nameplate.ca.admin.AdminRole;
import dev.nameplate.ca.admin.Grant;
import dev.nameplate.ca.admin.Reach;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.revocation.Revocation;
import dev.nameplate.ca.store.AdministratorStore;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.ReleaseOutcome;
import dev.nameplate.ca.store.RevokeOutcome;
import dev.nameplate.ca.x509.SerialNumber;
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
import jakarta.ws.rs.core.SecurityContext;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Certificates: looked at, revoked, put on hold and released.
@Path("certificates")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class CertificateResource {

  private final CertificateStore certificates;
  private final Revocation revocation;
  private final AdministratorStore administrators;
  private final Places places;
  private final InstantSource clock;
  private final Views views;

  CertificateResource(
      CertificateStore certificates,
      Revocation revocation,
      AdministratorStore administrators,
      Places places,
      InstantSource clock,
      Views views) {
    this.certificates = certificates;
    this.revocation = revocation;
    this.administrators = administrators;
    this.places = places;
    this.clock = clock;
    this.views = views;
  }

  /// A page of certificates.
  @GET
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER})
  @Limited(Limited.By.ITSELF)
  public AdminApi.Certificates list(
      @QueryParam("device") @Nullable String device,
      @QueryParam("state") @Nullable String state,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit,
      @Context SecurityContext operator) {
    int most = Parameters.limit(limit);
    var page =
        certificates.list(
            new CertificateQuery(
                Optional.ofNullable(device).map(id -> Parameters.deviceId(id).owner()),
                Parameters.state(CertificateState.class, state),
                Optional.ofNullable(after).map(serial -> Parameters.serial("after", serial)),
                most,
                places.within(Operator.of(operator).reach())));
    var next = page.size() < most ? null : page.getLast().serial().hex();
    return new AdminApi.Certificates(views.certificates(page), next);
  }

  /// One certificate, with its PEM.
  @GET
  @Path("{serial}")
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER})
  @Limited(Limited.By.ITSELF)
  public AdminApi.Certificate show(
      @PathParam("serial") String serial,
      @QueryParam("issuer") @Nullable String issuer,
      @Context SecurityContext operator) {
    var reach = Operator.of(operator).reach();
    return views.certificateWithPem(find(Parameters.serial("serial", serial), issuer, _ -> reach));
  }

  /// Revokes a certificate, or puts it on hold.
  @POST
  @Path("{serial}/revoke")
  @RolesAllowed({Role.DEVICE_ADMIN, Role.REVOKER, Role.CA_ADMIN, Role.SECURITY_OFFICER})
  @Limited(Limited.By.ITSELF)
  public AdminApi.Revoked revoke(
      @PathParam("serial") String serial,
      AdminApi.@Nullable Revoke body,
      @Context SecurityContext operator) {
    var wanted = Parameters.body(body);
    var reason = Parameters.reason(wanted.reason());
    var invalidityDate = Optional.ofNullable(wanted.invalidityDate());
    requirePossible(invalidityDate);
    var found =
        find(
            Parameters.serial("serial", serial),
            wanted.issuer(),
            kind -> reach(Operator.of(operator), kind));
    requireNotTheLastOfficer(found);
    var by = operator.getUserPrincipal().getName();
    return switch (revocation.revoke(found.issuer(), found.serial(), reason, invalidityDate, by)) {
      case RevokeOutcome.Revoked(var record) ->
          new AdminApi.Revoked(views.certificate(record), false);
      case RevokeOutcome.AlreadyRevoked(var record) ->
          new AdminApi.Revoked(views.certificate(record), true);
      case RevokeOutcome.Refused(_, var detail) ->
          throw ProblemException.conflict("revoked_otherwise", detail);
      case RevokeOutcome.NotFound() -> throw unknown(found.serial());
    };
  }

  /// Takes a certificate off hold.
  @POST
  @Path("{serial}/release")
  @RolesAllowed({Role.DEVICE_ADMIN, Role.REVOKER, Role.CA_ADMIN, Role.SECURITY_OFFICER})
  @Limited(Limited.By.ITSELF)
  public AdminApi.Released release(
      @PathParam("serial") String serial,
      AdminApi.@Nullable Release body,
      @Context SecurityContext operator) {
    var wanted = Parameters.body(body);
    var found =
        find(
            Parameters.serial("serial", serial),
            wanted.issuer(),
            kind -> reach(Operator.of(operator), kind));
    var by = operator.getUserPrincipal().getName();
    return switch (revocation.release(found.issuer(), found.serial(), by)) {
      case ReleaseOutcome.Released(var record) ->
          new AdminApi.Released(views.certificate(record), false);
      case ReleaseOutcome.AlreadyGood(var record) ->
          new AdminApi.Released(views.certificate(record), true);
      case ReleaseOutcome.Refused(_, var detail) ->
          throw ProblemException.conflict("not_on_hold", detail);
      case ReleaseOutcome.NotFound() -> throw unknown(found.serial());
    };
  }

  private void requirePossible(Optional<Instant> invalidityDate) {
    if (invalidityDate.filter(date -> date.isAfter(clock.instant())).isPresent()) {
      throw ProblemException.invalid("invalidity_date lies in the future");
    }
    if (invalidityDate.filter(date -> date.isBefore(Instant.EPOCH)).isPresent()) {
      throw ProblemException.invalid("invalidity_date lies before 1970");
    }
  }

  /// As for the roles themselves: without a security officer who can act nobody makes another. Two
  /// at the same moment who end each other's last one are let through; there is break-glass.
  private void requireNotTheLastOfficer(CertificateRecord ending) {
    var all = Grant.everywhere(AdminRole.SECURITY_OFFICER);
    var soon = clock.instant().plus(AdministratorStore.ENOUGH);
    var officers =
        administrators.grants().entrySet().stream()
            .filter(each -> each.getValue().contains(all))
            .map(Map.Entry::getKey)
            .toList();
    boolean another =
        !officers.contains(ending.owner())
            || !ending.isLiveAt(clock.instant())
            || officers.stream()
                .flatMap(officer -> certificates.list(CertificateQuery.ofOwner(officer)).stream())
                .filter(each -> !isSame(each, ending))
                .anyMatch(each -> each.isLiveAt(clock.instant()) && each.isLiveAt(soon));
    if (!another) {
      throw ProblemException.conflict(
          "last_security_officer",
          ending.owner()
              + " is the last security officer who can act; make another first, who has enrolled");
    }
  }

  private static boolean isSame(CertificateRecord one, CertificateRecord other) {
    return one.issuer().equals(other.issuer()) && one.serial().equals(other.serial());
  }

  /// How far somebody may go who ends certificates of this kind of owner, or puts an end to their
  /// end. Those of administrators are the security officers' alone, and of those whom nothing
  /// limits: nobody else decides who administers.
  private static Reach reach(Operator operator, OwnerKind kind) {
    return switch (kind) {
      case DEVICE -> operator.reachAs(AdminRole.DEVICE_ADMIN, AdminRole.REVOKER);
      case ADMIN -> {
        var reach = operator.reachAs(AdminRole.SECURITY_OFFICER);
        yield reach.isEverywhere() ? reach : new Reach(Set.of());
      }
      case STATION, NODE, SERVICE, ISSUER ->
          operator.reachAs(AdminRole.REVOKER, AdminRole.CA_ADMIN);
    };
  }

  /// @param reach how far to look, by the kind of owner; what is further away is not there
  private CertificateRecord find(
      SerialNumber serial, @Nullable String issuer, Function<OwnerKind, Reach> reach) {
    var found =
        (issuer == null
                ? certificates.findBySerial(serial).stream()
                : certificates.find(Parameters.issuer(issuer), serial).stream())
            .filter(record -> isWithin(record, reach.apply(record.owner().kind())))
            .toList();
    if (found.size() > 1) {
      throw ProblemException.conflict(
          "ambiguous_serial", "several issuers used " + serial + "; say which: issuer=…");
    }
    return found.stream().findFirst().orElseThrow(() -> unknown(serial));
  }

  private boolean isWithin(CertificateRecord record, Reach reach) {
    return reach.isEverywhere() || reach.includes(places.of(record));
  }

  private static ProblemException unknown(SerialNumber serial) {
    return ProblemException.notFound("there is no certificate with serial " + serial);
  }
}
