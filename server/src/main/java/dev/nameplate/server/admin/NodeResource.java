package dev.nameplate.server.admin;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.retirement.Decommission;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.RetireOutcome;
import dev.nameplate.ca.store.StatusSource;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.MalformedCsrException;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.RevocationReason;
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
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Status nodes: registered, looked at and taken back by operators. A node itself has its OCSP
/// signing keys certified here, and says what alarmed it; for itself only, see [OperatorFilter].
@Path("nodes")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class NodeResource {

  private static final String PROFILE = "node";
  private static final String PURPOSE = "status node";
  private static final int MOST_ALARMS = 100;
  private static final Set<String> ALARMS = Set.of("ocsp never issued", "alarms dropped");
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  private final OwnerDesk desk;
  private final IssuerStore issuers;
  private final Decommission decommission;
  private final OcspCertification certification;
  private final Function<OcspSignerRecord, Owner> signerOwners;
  private final String thisNode;
  private final AuditLog audit;
  private final StatusSource statuses;
  private final AlarmAllowance allowance;
  private final InstantSource clock;
  private final Views views;

  /// @param signerOwners to whom an OCSP signing key belongs
  NodeResource(
      OwnerDesk desk,
      IssuerStore issuers,
      Decommission decommission,
      OcspCertification certification,
      Function<OcspSignerRecord, Owner> signerOwners,
      String thisNode,
      AuditLog audit,
      StatusSource statuses,
      InstantSource clock,
      Views views) {
    this.desk = desk;
    this.issuers = issuers;
    this.decommission = decommission;
    this.certification = certification;
    this.signerOwners = signerOwners;
    this.thisNode = thisNode;
    this.audit = audit;
    this.statuses = statuses;
    this.allowance = new AlarmAllowance(clock);
    this.clock = clock;
    this.views = views;
  }

  /// A page of status nodes, by name.
  @GET
  @RolesAllowed({Role.VIEWER, Role.CA_ADMIN})
  public AdminApi.Nodes list(
      @QueryParam("state") @Nullable String state,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit) {
    var page = desk.list(state, after, limit);
    var signers = issuers.ocspSigners();
    return new AdminApi.Nodes(
        page.items().stream().map(node -> node(node, signers)).toList(), page.next());
  }

  /// Makes a status node known, and gives it an enrollment secret, which is shown this once.
  @Answers(AdminApi.RegisteredNode.class)
  @POST
  @RolesAllowed(Role.CA_ADMIN)
  public Response register(
      AdminApi.@Nullable RegisterNode body, @Context SecurityContext operator) {
    var wanted = Parameters.body(body);
    var id = Parameters.required("id", wanted.id());
    requireFree(id);
    OwnerDesk.check(wanted.secretUses(), wanted.secretTtl());
    var by = operator.getUserPrincipal().getName();
    var node = desk.register(id, PROFILE, by);
    var secret = desk.secret(node.owner(), "secret_", wanted.secretUses(), wanted.secretTtl(), by);
    return Response.status(Response.Status.CREATED)
        .entity(new AdminApi.RegisteredNode(node(node), secret))
        .build();
  }

  /// One status node with its certificates.
  @GET
  @Path("{id}")
  @RolesAllowed({Role.VIEWER, Role.CA_ADMIN})
  public AdminApi.Node show(@PathParam("id") String id) {
    return node(desk.find(id));
  }

  /// Another enrollment secret for a status node, which is shown this once.
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

  /// Its own certificates, and those of its OCSP signing keys.
  @POST
  @Path("{id}/retire")
  @RolesAllowed(Role.CA_ADMIN)
  public AdminApi.RetiredNode retire(
      @PathParam("id") String id,
      AdminApi.@Nullable Retire body,
      @Context SecurityContext operator) {
    var by = operator.getUserPrincipal().getName();
    var reason = Parameters.reason(Parameters.body(body).reason());
    var end = desk.retire(id, reason.rfcName(), by);
    var revoked = new ArrayList<>(end.revoked());
    // also if the node is retired already: an attempt before may have ended half way
    revoked.addAll(retireSigners(id, reason, by));
    return new AdminApi.RetiredNode(
        node(end.owner()),
        views.certificates(revoked),
        end.abandoned(),
        end.burned(),
        end.already());
  }

  /// A certificate for a new OCSP signing key of the node that asks.
  @Answers(AdminApi.CertifiedSigner.class)
  @POST
  @Path("{id}/ocsp-signers")
  @RolesAllowed(Role.NODE)
  public Response certify(
      @PathParam("id") String id,
      AdminApi.@Nullable CertifySigner body,
      @Context SecurityContext caller) {
    requireSelf(id, caller);
    var wanted = Parameters.body(body);
    var issuer = Parameters.issuer(Parameters.required("issuer", wanted.issuer()));
    var request = request(Parameters.required("csr", wanted.csr()));
    var place = Parameters.body(wanted.key());
    var key =
        new KeyLocation(
            Parameters.required("key.token", place.token()),
            Parameters.required("key.label", place.label()),
            Parameters.required("key.id", place.id()),
            request.publicKey().fingerprint());
    return switch (certification.certify(id, issuer, request, key, PURPOSE)) {
      case OcspCertification.Outcome.Certified(var certificate) ->
          Response.status(Response.Status.CREATED)
              .entity(new AdminApi.CertifiedSigner(Pem.encode(certificate)))
              .build();
      case OcspCertification.Outcome.Refused(var code, var detail) ->
          throw ProblemException.conflict(code, detail);
    };
  }

  /// Writes an alarm of the node that asks into the audit log.
  @POST
  @Path("{id}/alarms")
  @RolesAllowed(Role.NODE)
  public AdminApi.RaisedAlarms raise(
      @PathParam("id") String id,
      AdminApi.@Nullable RaiseAlarms body,
      @Context SecurityContext caller) {
    requireSelf(id, caller);
    var items = Parameters.body(body).items();
    if (items == null || items.size() > MOST_ALARMS) {
      throw ProblemException.invalid("items: there must be some, and " + MOST_ALARMS + " at most");
    }
    var alarms = items.stream().map(alarm -> event(id, alarm)).toList();
    var wait = allowance.take(id);
    if (wait.isPresent()) {
      throw ProblemException.tooMany("the node has raised too many alarms", wait.get());
    }
    together(alarms).forEach(audit::append);
    return new AdminApi.RaisedAlarms(alarms.size());
  }

  private static void requireSelf(String id, SecurityContext caller) {
    if (!caller.getUserPrincipal().getName().equals(new Owner(OwnerKind.NODE, id).toString())) {
      throw ProblemException.forbidden("a node may ask for itself only");
    }
  }

  /// The name of an issuing node would speak for that.
  private void requireFree(String id) {
    if (!NAME.matcher(id).matches()) {
      throw ProblemException.invalid(
          "id: '" + id + "' must be 1 to 32 lower-case letters, digits and dashes");
    }
    if (id.equals(thisNode)
        || issuers.ocspSigners().stream().anyMatch(signer -> signer.node().equals(id))) {
      throw ProblemException.conflict("name_taken", "the name belongs to another node");
    }
  }

  private List<CertificateRecord> retireSigners(String node, RevocationReason reason, String by) {
    var owners =
        issuers.ocspSigners().stream()
            .filter(signer -> signer.node().equals(node))
            .map(signerOwners)
            .collect(Collectors.toSet());
    var revoked = new ArrayList<CertificateRecord>();
    for (var owner : owners) {
      if (decommission.retire(owner, reason, by) instanceof RetireOutcome.Retired retired) {
        revoked.addAll(retired.revoked());
      }
    }
    return revoked;
  }

  private AdminApi.Node node(OwnerRecord record) {
    return node(record, issuers.ocspSigners());
  }

  /// With the signers that it can sign with.
  private AdminApi.Node node(OwnerRecord record, List<OcspSignerRecord> signers) {
    var id = record.owner().id();
    var now = clock.instant();
    return new AdminApi.Node(
        id,
        Parameters.word(record.state()),
        record.registeredAt(),
        record.retiredAt().orElse(null),
        signers.stream()
            .filter(signer -> signer.node().equals(id))
            .filter(signer -> !signer.certificate().notAfter().isBefore(now))
            .filter(this::isNotRevoked)
            .map(NodeResource::signer)
            .toList());
  }

  private boolean isNotRevoked(OcspSignerRecord signer) {
    return !(statuses.status(signer.issuer(), signer.certificate().serial())
        instanceof CertificateStatus.Revoked);
  }

  private static AdminApi.NodeSigner signer(OcspSignerRecord signer) {
    var certificate = signer.certificate();
    return new AdminApi.NodeSigner(
        signer.issuer().hex(),
        certificate.serial().hex(),
        certificate.notBefore(),
        certificate.notAfter());
  }

  /// One event of each kind, from its first minute on: no node fills the audit log.
  private static Collection<AuditEvent.NodeAlarm> together(List<AuditEvent.NodeAlarm> alarms) {
    var kinds = new TreeMap<String, AuditEvent.NodeAlarm>();
    for (var alarm : alarms) {
      kinds.merge(alarm.what(), alarm, NodeResource::sum);
    }
    return kinds.values();
  }

  private static AuditEvent.NodeAlarm sum(AuditEvent.NodeAlarm one, AuditEvent.NodeAlarm other) {
    var first = one.minute().isBefore(other.minute()) ? one.minute() : other.minute();
    // together they may be more than fits
    long count =
        one.count() > Long.MAX_VALUE - other.count() ? Long.MAX_VALUE : one.count() + other.count();
    return new AuditEvent.NodeAlarm(one.node(), one.what(), first, count);
  }

  private static AuditEvent.NodeAlarm event(String node, AdminApi.Alarm alarm) {
    var what = Parameters.required("what", alarm.what());
    if (!ALARMS.contains(what)) {
      throw ProblemException.invalid("what: '" + what + "' is no alarm of a node");
    }
    Instant minute =
        Optional.ofNullable(alarm.minute())
            .orElseThrow(() -> ProblemException.invalid("field minute is missing"));
    long count = Optional.ofNullable(alarm.count()).orElse(0L);
    if (count < 1) {
      throw ProblemException.invalid("count: " + count + " is not 1 or more");
    }
    return new AuditEvent.NodeAlarm(node, what, minute, count);
  }

  private static Csr request(String pem) {
    try {
      var blocks = Pem.blocks(pem, "CERTIFICATE REQUEST");
      if (blocks.size() != 1) {
        throw ProblemException.invalid("csr: there must be one request in PEM");
      }
      return Csr.parse(blocks.getFirst());
    } catch (IllegalArgumentException noPem) {
      throw ProblemException.invalid("csr: " + noPem.getMessage());
    } catch (MalformedCsrException malformed) {
      throw ProblemException.invalid("csr: " + malformed.reason());
    }
  }
}
