package dev.nameplate.server.admin;

import dev.nameplate.ca.admin.Grant;
import dev.nameplate.ca.admin.Reach;
import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.enrollment.Authentication;
import dev.nameplate.ca.enrollment.AuthenticationResult;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.store.AdministratorStore;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.Der;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says who is asking, before anything else is looked at: the owner of the client certificate, as
/// it is remembered now, who must be an administrator, or a node on the paths below its own name;
/// and what they may do now: what was taken from them a moment ago they cannot do any more, also
/// over a connection that was made before, or a TLS session that is resumed.
///
/// Owners who are not are written down.
@PreMatching
@Priority(Priorities.AUTHENTICATION)
final class OperatorFilter implements ContainerRequestFilter {

  private static final Logger LOG = LoggerFactory.getLogger(OperatorFilter.class);
  private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";

  private final Authentication authentication;
  private final AdministratorStore administrators;
  private final AuditLog audit;

  OperatorFilter(Authentication authentication, AdministratorStore administrators, AuditLog audit) {
    this.authentication = authentication;
    this.administrators = administrators;
    this.audit = audit;
  }

  /// @throws ProblemException 403 if it is nobody who may be here
  /// @throws StoreException if that cannot be known now
  @Override
  public void filter(ContainerRequestContext request) {
    if (!(request.getProperty(CERTIFICATES) instanceof X509Certificate[] chain)
        || chain.length == 0) {
      throw ProblemException.forbidden("a client certificate of an administrator is needed");
    }
    var presented = encoded(chain[0]);
    var origin = Origin.of(request.getProperty(Origin.ATTRIBUTE));
    var requester =
        switch (authentication.byCertificate(presented, origin)) {
          case AuthenticationResult.Known(var known) -> known;
          case AuthenticationResult.Refused(var refusal) ->
              throw ProblemException.forbidden(refusal.detail());
          case AuthenticationResult.Unknown(var why) -> {
            LOG.warn("a client certificate was not accepted: {}", why);
            throw ProblemException.forbidden("the client certificate is not known here");
          }
        };
    var operator = requester.owner();
    var certificate = requester.certificate().orElseThrow();
    boolean isItsOwnDesk =
        operator.kind() == OwnerKind.NODE
            && request.getUriInfo().getPath().startsWith("nodes/" + operator.id() + "/");
    if (operator.kind() != OwnerKind.ADMIN && !isItsOwnDesk) {
      var detail = operator + " is no administrator";
      audit.append(
          new AuditEvent.Refused(
              operator,
              "",
              Reason.CREDENTIAL_NOT_ACCEPTED,
              detail,
              "certificate:" + Der.of(presented).sha256Hex(),
              origin));
      throw ProblemException.forbidden(detail);
    }
    var grants =
        operator.kind() == OwnerKind.ADMIN ? administrators.grants(operator) : Set.<Grant>of();
    request.setSecurityContext(
        new OperatorContext(
            new Operator(operator, certificate, origin, grants, new Reach(Set.of()))));
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException impossible) {
      throw new IllegalStateException("a certificate that TLS read", impossible);
    }
  }
}
