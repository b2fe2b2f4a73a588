package dev.nameplate.server.admin;

import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.PendingRequest;
import dev.nameplate.ca.store.ReportStore;
import dev.nameplate.ca.store.RequestQuery;
import dev.nameplate.ca.store.RequestStore;
import dev.nameplate.ca.store.SightingRecord;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Why a device is, or is not, given certificates; and how it stood at another time.
@Path("devices/{id}/explain")
@Produces(MediaType.APPLICATION_JSON)
public final class ExplainResource {

  private final OwnerStore owners;
  private final CertificateStore certificates;
  private final RequestStore requests;
  private final FleetWatch fleet;
  private final List<CertificateProfile> profiles;
  private final AuditLog audit;
  private final InstantSource clock;
  private final Views views;

  ExplainResource(
      OwnerStore owners,
      CertificateStore certificates,
      RequestStore requests,
      FleetWatch fleet,
      List<CertificateProfile> profiles,
      AuditLog audit,
      InstantSource clock,
      Views views) {
    this.owners = owners;
    this.certificates = certificates;
    this.requests = requests;
    this.fleet = fleet;
    this.profiles = profiles;
    this.audit = audit;
    this.clock = clock;
    this.views = views;
  }

  /// Also for a device that nobody knows: then it says so.
  ///
  /// @param limit how many of the newest events are looked at
  @GET
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER})
  public AdminApi.Explanation explain(
      @PathParam("id") String id, @QueryParam("limit") @Nullable String limit) {
    var device = Parameters.deviceId(id);
    var now = clock.instant();
    var events =
        audit.newest(Optional.of(device.owner().toString()), Parameters.limit(limit)).stream()
            .map(History::event)
            .toList();
    var owner = owners.find(device.owner());
    if (owner.isEmpty()) {
      return unknown(device, events);
    }
    var held =
        certificates.list(CertificateQuery.ofOwner(device.owner())).stream()
            .filter(record -> record.slot().isPresent())
            .toList();
    var secrets = owners.secrets(device.owner());
    var asked =
        requests.list(RequestQuery.ofOwner(device.owner())).stream()
            .max(Comparator.comparing(PendingRequest::requestedAt));
    var prospect = prospect(owner.get()).judge(held, secrets, asked, now);
    var profile =
        profiles.stream().filter(each -> each.name().equals(owner.get().label())).findFirst();
    return new AdminApi.Explanation(
        device.value(),
        views.device(owner.get()),
        prospect.answer(),
        prospect.next(),
        asked.map(request -> views.request(request, now)).orElse(null),
        views.certificates(held),
        secrets.stream().map(secret -> views.secret(secret, now)).toList(),
        profile.map(CertificateProfile::version).orElse(null),
        profile.flatMap(each -> renewal(each, held, now)).orElse(null),
        tombstones(device.owner()),
        fleet.seen().of(device.owner()).stream().map(ExplainResource::seen).toList(),
        events);
  }

  /// How the device stood then, by nothing but the audit log.
  @GET
  @Path("past")
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.SECURITY_OFFICER})
  public AdminApi.Past past(
      @PathParam("id") String id,
      @QueryParam("at") @Nullable String at,
      @QueryParam("limit") @Nullable String limit) {
    var device = Parameters.deviceId(id);
    var then = instant(Parameters.required("at", at));
    int told = Parameters.limit(limit);
    return new Hindsight(audit, certificates).look(device, then, told);
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException wrong) {
      throw ProblemException.invalid("at: not a time such as 2026-08-01T00:00:00Z");
    }
  }

  private static Prospect prospect(OwnerRecord owner) {
    return new Prospect(owner);
  }

  private static Optional<ReportApi.Renewal> renewal(
      CertificateProfile profile, List<CertificateRecord> held, Instant now) {
    return held.stream()
        .filter(record -> record.isLiveAt(now))
        .max(Comparator.comparing(CertificateRecord::notAfter))
        .map(record -> {
          var rotation = profile.rotation();
          var life = Duration.between(record.notBefore(), record.notAfter()).toSeconds();
          return new ReportApi.Renewal(
              record.serial().hex(),
              record.notBefore().plusSeconds((long) (life * rotation.windowStart())),
              rotation.overdueAt(record.notBefore(), record.notAfter()),
              record.notAfter());
        });
  }

  private List<ReportApi.Tombstone> tombstones(Owner owner) {
    return fleet.reports().tombstones(owner).stream().map(ExplainResource::tombstone).toList();
  }

  private static ReportApi.Tombstone tombstone(ReportStore.Tombstone stone) {
    return new ReportApi.Tombstone(
        stone.kind().toLowerCase(Locale.ROOT),
        stone.value(),
        stone.at().orElse(null),
        switch (stone.kind()) {
          case "KEY" -> "nothing: a key that was retired is never certified again; make a new one";
          case "IDEVID" ->
              "nothing, under this name; the device itself only by a new identity of it";
          default ->
              "a new identity of the device, with a new key: repurpose it, or register"
                  + " another name";
        });
  }

  private static ReportApi.Seen seen(SightingRecord record) {
    return new ReportApi.Seen(
        record.fingerprint(),
        record.source(),
        record.alarm().map(Parameters::word).orElse(null),
        record.firstAt(),
        record.lastAt(),
        record.count());
  }

  private static AdminApi.Explanation unknown(DeviceId device, List<AdminApi.Happened> events) {
    var before =
        events.isEmpty()
            ? "nothing is recorded under this name; who shows no credential of ours is counted,"
                + " not recorded by name"
            : "it was seen before, see the events";
    return new AdminApi.Explanation(
        device.value(),
        null,
        "401: there is no device " + device + " (" + before + ")",
        "Register it: nameplate device add " + device + " --profile PROFILE",
        null,
        List.of(),
        List.of(),
        null,
        null,
        List.of(),
        List.of(),
        events);
  }
}
