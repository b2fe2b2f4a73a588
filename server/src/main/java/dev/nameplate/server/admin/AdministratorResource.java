package dev.nameplate.server.admin;

import dev.nameplate.ca.admin.AdminRole;
import dev.nameplate.ca.admin.Grant;
import dev.nameplate.ca.admin.GrantRules;
import dev.nameplate.ca.admin.Scope;
import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.store.AdministratorStore;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.GrantOutcome;
import dev.nameplate.ca.store.OwnerRecord;
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
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Administrators: made by an enrollment on their own machines, given roles and relieved of them,
/// and taken back.
@Path("")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class AdministratorResource {

  /// The profile of their certificates, which is their EST label.
  static final String PROFILE = "admin";

  private static final Duration LONGEST_TTL = Duration.ofDays(7);
  private static final int MOST_GRANTS = 100;

  private final OwnerDesk desk;
  private final AdministratorStore administrators;
  private final AuditLog audit;
  private final List<CertificateProfile> profiles;
  private final InstantSource clock;
  private final Views views;

  AdministratorResource(
      OwnerDesk desk,
      AdministratorStore administrators,
      AuditLog audit,
      List<CertificateProfile> profiles,
      InstantSource clock,
      Views views) {
    this.desk = desk;
    this.administrators = administrators;
    this.audit = audit;
    this.profiles = profiles;
    this.clock = clock;
    this.views = views;
  }

  @GET
  @Path("whoami")
  @RolesAllowed({
    Role.VIEWER,
    Role.AUDITOR,
    Role.LINE_OPERATOR,
    Role.DEVICE_ADMIN,
    Role.REVOKER,
    Role.CA_ADMIN,
    Role.SECURITY_OFFICER
  })
  @Limited(Limited.By.ITSELF)
  public AdministratorApi.Myself whoAmI(@Context SecurityContext context) {
    var operator = Operator.of(context);
    var shown = operator.certificate();
    return new AdministratorApi.Myself(
        operator.getName(),
        grants(operator.grants()),
        shown.serial().hex(),
        shown.notBefore(),
        shown.notAfter());
  }

  @GET
  @Path("administrators")
  @RolesAllowed({Role.VIEWER, Role.SECURITY_OFFICER})
  public AdministratorApi.Administrators list(
      @QueryParam("state") @Nullable String state,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit) {
    var page = desk.list(state, after, limit);
    var all = administrators.grants();
    return new AdministratorApi.Administrators(
        page.items().stream()
            .map(record -> view(record, all.getOrDefault(record.owner(), Set.of())))
            .toList(),
        page.next());
  }

  @GET
  @Path("administrators/{id}")
  @RolesAllowed({Role.VIEWER, Role.SECURITY_OFFICER})
  public AdministratorApi.AdministratorDetail show(@PathParam("id") String id) {
    var record = desk.find(id);
    return new AdministratorApi.AdministratorDetail(
        view(record), views.certificates(desk.certificates(record)));
  }

  @Answers(AdministratorApi.RegisteredAdministrator.class)
  @POST
  @Path("administrators")
  @RolesAllowed(Role.SECURITY_OFFICER)
  public Response register(
      AdministratorApi.@Nullable RegisterAdministrator body, @Context SecurityContext context) {
    var wanted = Parameters.body(body);
    var id = Parameters.deviceId(wanted.id()).value();
    var grants = parsed(Optional.ofNullable(wanted.grants()).orElse(List.of()));
    var ttl = ttl("secret_ttl", wanted.secretTtl());
    var operator = Operator.of(context);
    requireLabel();
    // before anything is made; the store looks again
    requireAllowed(operator, desk.owner(id), grants);
    var record = desk.register(id, PROFILE, operator.getName());
    give(operator, record.owner(), grants);
    var secret = desk.secret(record.owner(), "secret_", 1, ttl, operator.getName());
    return Response.status(Response.Status.CREATED)
        .entity(new AdministratorApi.RegisteredAdministrator(view(record), secret))
        .build();
  }

  @Answers(AdminApi.Secret.class)
  @POST
  @Path("administrators/{id}/secrets")
  @RolesAllowed(Role.SECURITY_OFFICER)
  public Response addSecret(
      @PathParam("id") String id,
      AdministratorApi.@Nullable NewSecret body,
      @Context SecurityContext context) {
    var ttl = ttl("ttl", Parameters.body(body).ttl());
    requireLabel();
    var operator = Operator.of(context);
    var owner = desk.find(id).owner();
    requireAllowed(operator, owner, administrators.grants(owner));
    return Response.status(Response.Status.CREATED)
        .entity(desk.secret(owner, "", 1, ttl, operator.getName()))
        .build();
  }

  @POST
  @Path("administrators/{id}/grants")
  @RolesAllowed(Role.SECURITY_OFFICER)
  @Limited(Limited.By.ITSELF)
  public AdministratorApi.Changed grant(
      @PathParam("id") String id,
      AdministratorApi.@Nullable Grant body,
      @Context SecurityContext context) {
    var wanted = parsed(List.of(Parameters.body(body)));
    var owner = desk.find(id).owner();
    return give(Operator.of(context), owner, wanted);
  }

  @POST
  @Path("administrators/{id}/grants/revoke")
  @RolesAllowed(Role.SECURITY_OFFICER)
  @Limited(Limited.By.ITSELF)
  public AdministratorApi.Changed revoke(
      @PathParam("id") String id,
      AdministratorApi.@Nullable Grant body,
      @Context SecurityContext context) {
    var unwanted = parsed(List.of(Parameters.body(body)));
    var operator = Operator.of(context);
    var owner = desk.find(id).owner();
    return changed(
        operator,
        owner,
        administrators.revoke(owner, unwanted, operator.granter(), clock.instant()));
  }

  @POST
  @Path("administrators/{id}/retire")
  @RolesAllowed(Role.SECURITY_OFFICER)
  public AdministratorApi.Retired retire(
      @PathParam("id") String id,
      AdminApi.@Nullable Retire body,
      @Context SecurityContext context) {
    var reason = Parameters.body(body).reason();
    Parameters.reason(reason);
    var operator = Operator.of(context);
    var found = desk.find(id);
    if (found.state() != OwnerState.RETIRED) {
      // the roles first: whoever goes on between the two goes on without any
      changed(
          operator,
          found.owner(),
          administrators.dismiss(found.owner(), operator.granter(), clock.instant()));
    }
    var end = desk.retire(id, reason, operator.getName());
    return new AdministratorApi.Retired(
        view(end.owner()), views.certificates(end.revoked()), end.burned(), end.already());
  }

  private AdministratorApi.Changed give(Operator operator, Owner owner, Set<Grant> wanted) {
    return changed(
        operator, owner, administrators.grant(owner, wanted, operator.granter(), clock.instant()));
  }

  private AdministratorApi.Changed changed(Operator operator, Owner owner, GrantOutcome outcome) {
    return switch (outcome) {
      case GrantOutcome.Done(_, var changed) ->
          new AdministratorApi.Changed(view(desk.find(owner.id())), changed.isEmpty());
      case GrantOutcome.Refused(var why) -> throw refused(operator, owner, why);
      case GrantOutcome.NotFound() ->
          throw ProblemException.conflict("retired", owner + " is retired");
    };
  }

  private void requireAllowed(Operator operator, Owner owner, Set<Grant> wanted) {
    var held = administrators.grants(owner);
    GrantRules.whyNotGiven(operator.granter(), operator.grants(), owner, held, wanted)
        .ifPresent(why -> {
          throw refused(operator, owner, why);
        });
  }

  /// Duties that are not separated are refused like any other act that somebody may not do.
  private ProblemException refused(Operator operator, Owner owner, GrantRules.No why) {
    audit.append(
        new AuditEvent.AccessDenied(
            operator.owner(),
            "grants of " + owner,
            why.code() + ": " + why.detail(),
            operator.credential(),
            operator.origin()));
    return ProblemException.conflict(why.code(), why.detail());
  }

  private void requireLabel() {
    if (profiles.stream().noneMatch(profile -> profile.name().equals(PROFILE))) {
      throw ProblemException.conflict(
          "no_admin_label",
          "profiles/admin.yaml lets nobody enroll; add to it, and start the server again:"
              + " enrollment: {credentials: [secret, certificate], linking: when-present,"
              + " server_keygen: off, approval: false}");
    }
  }

  private static Duration ttl(String name, @Nullable Duration wanted) {
    var ttl = wanted == null ? Duration.ofHours(24) : wanted;
    if (ttl.compareTo(LONGEST_TTL) > 0) {
      throw ProblemException.invalid(name + ": " + ttl + " is longer than 7 days");
    }
    return ttl;
  }

  private static Set<Grant> parsed(Collection<AdministratorApi.Grant> grants) {
    if (grants.size() > MOST_GRANTS) {
      throw ProblemException.invalid("grants: more than " + MOST_GRANTS);
    }
    return grants.stream()
        .map(grant ->
            new Grant(
                Parameters.value("role", Parameters.required("role", grant.role()), AdminRole::of),
                Parameters.value(
                    "scope",
                    Optional.ofNullable(grant.scope()).orElse(Scope.EVERYWHERE.toString()),
                    Scope::of)))
        .collect(Collectors.toSet());
  }

  private AdministratorApi.Administrator view(OwnerRecord record) {
    return view(record, administrators.grants(record.owner()));
  }

  private AdministratorApi.Administrator view(OwnerRecord record, Set<Grant> grants) {
    return new AdministratorApi.Administrator(
        record.owner().id(),
        Parameters.word(record.state()),
        record.label(),
        record.registeredAt(),
        record.retiredAt().orElse(null),
        grants(grants),
        certifiedUntil(record).orElse(null));
  }

  private Optional<Instant> certifiedUntil(OwnerRecord record) {
    var now = clock.instant();
    return desk.certificates(record).stream()
        .filter(certificate -> certificate.isLiveAt(now))
        .map(CertificateRecord::notAfter)
        .max(Comparator.naturalOrder());
  }

  private static List<AdministratorApi.Grant> grants(Set<Grant> grants) {
    return grants.stream()
        .sorted()
        .map(grant -> new AdministratorApi.Grant(grant.role().text(), grant.scope().toString()))
        .toList();
  }
}
