package dev.nameplate.server.admin;

import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.PendingRequest;
import dev.nameplate.ca.store.RequestQuery;
import dev.nameplate.ca.store.RequestStore;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Why a device is, or is not, given certificates.
@Path("devices/{id}/explain")
@Produces(MediaType.APPLICATION_JSON)
public final class ExplainResource {

  private final OwnerStore owners;
  private final CertificateStore certificates;
  private final RequestStore requests;
  private final AuditLog audit;
  private final InstantSource clock;
  private final Views views;

  ExplainResource(
      OwnerStore owners,
      CertificateStore certificates,
      RequestStore requests,
      AuditLog audit,
      InstantSource clock,
      Views views) {
    this.owners = owners;
    this.certificates = certificates;
    this.requests = requests;
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
    return new AdminApi.Explanation(
        device.value(),
        views.device(owner.get()),
        prospect.answer(),
        prospect.next(),
        asked.map(request -> views.request(request, now)).orElse(null),
        views.certificates(held),
        secrets.stream().map(secret -> views.secret(secret, now)).toList(),
        events);
  }

  private static Prospect prospect(OwnerRecord owner) {
    return new Prospect(owner);
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
        events);
  }
}
