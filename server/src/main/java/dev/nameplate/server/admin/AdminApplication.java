package dev.nameplate.server.admin;

import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.enrollment.Authentication;
import dev.nameplate.ca.enrollment.EnrollmentSecrets;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.retirement.Decommission;
import dev.nameplate.ca.retirement.Lifecycle;
import dev.nameplate.ca.revocation.Revocation;
import dev.nameplate.ca.signing.CertifiedKey;
import dev.nameplate.ca.store.AdministratorStore;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.RequestStore;
import dev.nameplate.ca.store.ServiceSignerStore;
import dev.nameplate.ca.store.StationStore;
import dev.nameplate.ca.trust.TrustAnchors;
import dev.nameplate.server.audit.AuditDesk;
import jakarta.ws.rs.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.glassfish.jersey.CommonProperties;
import org.glassfish.jersey.jackson.JacksonFeature;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.ServerProperties;

/// The admin API as one JAX-RS application. Everybody who is not an administrator gets 403 on every
/// path, existing or not.
public final class AdminApplication extends ResourceConfig {

  /// What the API works on.
  ///
  /// @param signerOwners to whom an OCSP signing key belongs
  /// @param node the name of this one
  /// @param profiles those that devices can be registered for are among them
  /// @param approvalLife how long a decision about a request holds
  /// @param server says how the server stands now
  /// @param documentSigner signs what is handed to others
  public record Parts(
      Authentication authentication,
      OwnerStore owners,
      RequestStore requests,
      CertificateStore certificates,
      IssuerStore issuers,
      ServiceSignerStore serviceSigners,
      TrustAnchors anchors,
      StationStore stations,
      AuditLog audit,
      EnrollmentSecrets secrets,
      Revocation revocation,
      Decommission decommission,
      RetirementDesk retirements,
      CrlDesk crls,
      AuthorityCeremonies ceremonies,
      OcspCertification certification,
      Function<OcspSignerRecord, Owner> signerOwners,
      String node,
      List<CertificateProfile> profiles,
      StatusUrls urls,
      InstantSource clock,
      Duration approvalLife,
      FleetWatch fleet,
      Supplier<AdminApi.Server> server,
      AdministratorStore administrators,
      AuditDesk auditDesk,
      Lifecycle lifecycle,
      Supplier<CertifiedKey> documentSigner) {}

  /// The classes with routes, for those who list them.
  static final List<Class<?>> RESOURCES =
      List.of(
          DeviceResource.class,
          ExplainResource.class,
          InventoryResource.class,
          RequestResource.class,
          RetirementResource.class,
          PlanResource.class,
          ApprovalResource.class,
          ReceiptResource.class,
          StationResource.class,
          NodeResource.class,
          AnchorResource.class,
          CertificateResource.class,
          SightingResource.class,
          DecideResource.class,
          ReportResource.class,
          AuditResource.class,
          DatabaseResource.class,
          IssuerResource.class,
          CrlResource.class,
          KeyResource.class,
          ServerResource.class,
          AdministratorResource.class,
          OpenApiResource.class);

  public AdminApplication(Parts parts) {
    var views = new Views(parts.urls());
    property(CommonProperties.FEATURE_AUTO_DISCOVERY_DISABLE, true);
    property(CommonProperties.METAINF_SERVICES_LOOKUP_DISABLE, true);
    property(ServerProperties.WADL_FEATURE_DISABLE, true);
    property(ServerProperties.RESPONSE_SET_STATUS_OVER_SEND_ERROR, true);
    register(JacksonFeature.withoutExceptionMappers());
    register(new JsonForm());
    var places = new Places(parts.owners(), parts.requests(), parts.issuers(), parts.profiles());
    register(new OperatorFilter(parts.authentication(), parts.administrators(), parts.audit()));
    register(new RoleFilter(places, parts.audit()));
    register(new QuarantineFilter(parts.auditDesk()));
    register(new BodyLimit());
    register(new Problems());
    register(
        new DeviceResource(
            desk(parts, OwnerKind.DEVICE), parts.retirements(), parts.lifecycle(), places, views));
    register(
        new StationResource(
            desk(parts, OwnerKind.STATION), parts.stations(), parts.profiles(), views));
    register(
        new NodeResource(
            desk(parts, OwnerKind.NODE),
            parts.issuers(),
            parts.decommission(),
            parts.certification(),
            parts.signerOwners(),
            parts.node(),
            parts.audit(),
            parts.certificates(),
            parts.clock(),
            views));
    register(new AnchorResource(parts.anchors(), parts.profiles()));
    register(
        new ExplainResource(
            parts.owners(),
            parts.certificates(),
            parts.requests(),
            parts.fleet(),
            parts.profiles(),
            parts.audit(),
            parts.clock(),
            views));
    register(new RetirementResource(parts.retirements()));
    register(new PlanResource(parts.retirements(), places));
    register(new ApprovalResource(parts.retirements()));
    register(new ReceiptResource(parts.retirements()));
    register(
        new InventoryResource(
            desk(parts, OwnerKind.DEVICE),
            places,
            new ImportDesk(
                parts.owners(),
                desk(parts, OwnerKind.DEVICE),
                places,
                parts.profiles(),
                parts.clock()),
            new TransferDesk(
                parts.owners(),
                parts.certificates(),
                parts.audit(),
                parts.profiles(),
                parts.documentSigner(),
                parts.node(),
                parts.clock())));
    register(
        new RequestResource(parts.requests(), places, parts.approvalLife(), parts.clock(), views));
    register(
        new CertificateResource(
            parts.certificates(),
            parts.revocation(),
            parts.administrators(),
            places,
            parts.clock(),
            views));
    register(new SightingResource(parts.fleet().sightings()));
    register(new DecideResource(parts.fleet().sightings()));
    register(new ReportResource(parts.fleet().reports(), parts.clock()));
    register(new AuditResource(parts.audit(), parts.auditDesk()));
    register(new DatabaseResource(parts.auditDesk()));
    register(new IssuerResource(parts.issuers(), parts.ceremonies(), views));
    register(new CrlResource(parts.crls(), places));
    register(new KeyResource(parts.issuers(), parts.serviceSigners(), parts.node()));
    register(new ServerResource(parts.server()));
    register(
        new AdministratorResource(
            desk(parts, OwnerKind.ADMIN),
            parts.administrators(),
            parts.audit(),
            parts.profiles(),
            parts.clock(),
            views));
    register(new OpenApiResource());
    requireRoles(getInstances(), RESOURCES);
  }

  /// Every route that is served, not only those that are listed.
  ///
  /// @throws IllegalStateException that names one that is for no role, or is not listed
  static void requireRoles(Collection<?> instances, List<Class<?>> listed) {
    var served =
        instances.stream()
            .<Class<?>>map(Object::getClass)
            .filter(type -> type.isAnnotationPresent(Path.class))
            .collect(Collectors.toSet());
    if (!served.equals(Set.copyOf(listed))) {
      throw new IllegalStateException("the admin API serves " + served + ", and lists " + listed);
    }
    Route.of(listed);
  }

  private static OwnerDesk desk(Parts parts, OwnerKind kind) {
    return new OwnerDesk(
        kind,
        parts.owners(),
        parts.certificates(),
        parts.secrets(),
        parts.decommission(),
        parts.profiles(),
        parts.clock());
  }
}
