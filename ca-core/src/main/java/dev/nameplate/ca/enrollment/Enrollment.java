package dev.nameplate.ca.enrollment;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.policy.Decision;
import dev.nameplate.ca.policy.IssuancePolicy;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.ApprovalWish;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.CompleteOutcome;
import dev.nameplate.ca.store.PendingRequest;
import dev.nameplate.ca.store.Reservation;
import dev.nameplate.ca.store.ReserveOutcome;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.Lint;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.ca.x509.TbsCertificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// The only way in which a certificate comes about: devices', admins', our own, the CAs'
/// themselves. May be used by many threads at once.
public final class Enrollment {

  /// How long a request may be at work before the same request starts anew in its place.
  public static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private final CertificateStore store;
  private final AuditLog audit;
  private final IssuancePolicy policy;
  private final CertificateTemplate template;
  private final Authorities authorities;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final StopListener listener;
  private final ApprovalSettings approvals;

  /// With the usual settings for labels that want an operator's approval.
  ///
  /// @param random cryptographically strong
  public Enrollment(
      CertificateStore store,
      AuditLog audit,
      IssuancePolicy policy,
      CertificateTemplate template,
      Authorities authorities,
      InstantSource clock,
      RandomGenerator random,
      StopListener listener) {
    this(
        store,
        audit,
        policy,
        template,
        authorities,
        clock,
        random,
        listener,
        ApprovalSettings.USUAL);
  }

  /// @param random cryptographically strong
  public Enrollment(
      CertificateStore store,
      AuditLog audit,
      IssuancePolicy policy,
      CertificateTemplate template,
      Authorities authorities,
      InstantSource clock,
      RandomGenerator random,
      StopListener listener,
      ApprovalSettings approvals) {
    this.store = store;
    this.audit = audit;
    this.policy = policy;
    this.template = template;
    this.authorities = authorities;
    this.clock = clock;
    this.random = random;
    this.listener = listener;
    this.approvals = approvals;
  }

  /// Answers one request. The order of the steps is part of the meaning: nothing is signed that is
  /// not recorded first, and nothing leaves that is not committed. `docs/issuance-cycle.md` says
  /// what is true of the world after a failure at each stop.
  ///
  /// @throws SigningException if the key is away or its signature is wrong; nothing was issued
  /// @throws StoreException if the store is; asking again gives the same answer or a new one
  public EnrollmentResult enroll(IssuanceRequest request) {
    var now = clock.instant();
    var owner = request.requester().owner();
    var profile = request.profile();

    // what the rules say
    Decision.Approved approved;
    switch (policy.decide(request, now)) {
      case Decision.Refused(var refusal) -> {
        return refused(request, refusal);
      }
      case Decision.Approved yes -> approved = yes;
    }
    var authority = authorities.of(profile);
    if (authority.certificate().isPresent() && !authority.certificate().get().isValidAt(now)) {
      var what = "the certificate of " + authority.issuer().name() + " is not valid now";
      return refused(request, new Refusal(Reason.ISSUER_NOT_VALID, what));
    }
    listener.reached(Stop.DECIDED, owner);

    // the bytes that would be signed
    var tbs = template.fill(approved, authority, SerialNumber.random(random), now);
    var missing = policy.missing(approved, tbs);
    if (missing.isPresent()) {
      return refused(request, missing.get());
    }
    listener.reached(Stop.FILLED, owner);

    var faults = Lint.check(tbs, authority.certificate());
    if (!faults.isEmpty()) {
      var what =
          "profile " + profile.name() + " would break the rules: " + String.join("; ", faults);
      return refused(request, new Refusal(Reason.PROFILE_UNSOUND, what));
    }
    listener.reached(Stop.LINTED, owner);

    // transaction 1: serial, bytes, claims, spent secret, used approval; or a place in the queue
    var reservation =
        new Reservation(
            request.requester(),
            profile.name(),
            profile.version(),
            authority.id(),
            authority.scopeOf(tbs.serial()),
            tbs,
            request.sameness(),
            request.isRepeatable(),
            authority.key().isUsable(),
            now,
            PATIENCE,
            profile.rotation(),
            approval(request, now));
    switch (store.reserve(reservation, issuing(request, authority, tbs))) {
      case ReserveOutcome.Answered(var certificate) -> {
        return new EnrollmentResult.Issued(certificate, true);
      }
      case ReserveOutcome.Queued(var waiting) -> {
        return new EnrollmentResult.Queued(waiting.id(), approvals.retryAfter());
      }
      case ReserveOutcome.InProgress() -> {
        return new EnrollmentResult.InProgress(RETRY_AFTER);
      }
      case ReserveOutcome.NotSignable() ->
          throw new SigningException("the key of " + authority.issuer().name() + " is away");
      case ReserveOutcome.Refused(var refusal) -> {
        return refused(request, refusal);
      }
      case ReserveOutcome.Reserved() -> listener.reached(Stop.RESERVED, owner);
    }

    // the token, with no transaction open
    byte[] signature;
    try {
      signature = authority.key().sign(tbs.der().toByteArray());
    } catch (SigningException away) {
      throw abandoned(authority, tbs, away);
    }
    listener.reached(Stop.SIGNED, owner);

    // a faulty token never gets out
    var certificate = tbs.withSignature(signature);
    if (!certificate.isSignedBy(authority.issuer().publicKey())) {
      var wrong = new SigningException("the token gave a wrong signature for " + tbs.serial());
      throw abandoned(authority, tbs, wrong);
    }
    listener.reached(Stop.VERIFIED, owner);

    // transaction 2: only if it is still wanted
    var issued = new AuditEvent.Issued(owner, authority.id(), tbs.serial(), certificate.sha256());
    var inUse = request.requester() instanceof Requester.Internal;
    return switch (store.complete(
        authority.id(), certificate, inUse, profile.rotation().supersede(), issued)) {
      case CompleteOutcome.Completed() -> {
        listener.reached(Stop.COMPLETED, owner);
        yield new EnrollmentResult.Issued(certificate, false);
      }
      case CompleteOutcome.Unwanted() ->
          refused(
              request,
              new Refusal(
                  Reason.RESERVATION_VOIDED,
                  owner + " was retired, or another request took the place of this one"));
    };
  }

  /// Writes down that somebody known sent what is no request at all.
  ///
  /// @param what what is wrong with it
  public Refusal malformed(
      Requester requester, CertificateProfile profile, String what, Origin origin) {
    var refusal = new Refusal(Reason.MALFORMED_REQUEST, what);
    audit.append(
        new AuditEvent.Refused(
            requester.owner(),
            profile.name(),
            refusal.reason(),
            refusal.detail(),
            requester.credential(),
            origin));
    return refusal;
  }

  /// What is queued, if it has to be approved and is not.
  private Optional<ApprovalWish> approval(IssuanceRequest request, Instant now) {
    if (!request.needsApproval()) {
      return Optional.empty();
    }
    var waiting =
        new PendingRequest(
            PendingRequest.Id.random(random),
            request.requester().owner(),
            request.requester().epoch(),
            request.profile().name(),
            request.approvalKey(),
            request.csr().publicKey().fingerprint(),
            request.csr().der(),
            request.csr().subject().toString(),
            request.requester().credential(),
            request.origin(),
            now,
            now.plus(approvals.life()),
            PendingRequest.State.PENDING,
            Optional.empty());
    return Optional.of(new ApprovalWish(waiting, approvals.mostInAll(), approvals.mostOfLabel()));
  }

  private EnrollmentResult refused(IssuanceRequest request, Refusal refusal) {
    audit.append(
        new AuditEvent.Refused(
            request.requester().owner(),
            request.profile().name(),
            refusal.reason(),
            refusal.detail(),
            request.requester().credential(),
            request.origin()));
    return new EnrollmentResult.Refused(refusal);
  }

  /// Takes the reservation back at once where that is possible; where not, a job does it later.
  private SigningException abandoned(
      Authority authority, TbsCertificate tbs, SigningException why) {
    try {
      store.abandon(authority.id(), tbs.serial(), clock.instant(), "signing failed");
    } catch (StoreException alsoAway) {
      why.addSuppressed(alsoAway);
    }
    return why;
  }

  private static AuditEvent.Issuing issuing(
      IssuanceRequest request, Authority authority, TbsCertificate tbs) {
    return new AuditEvent.Issuing(
        request.requester().owner(),
        request.requester().epoch(),
        request.profile().name(),
        request.profile().version(),
        authority.id(),
        tbs.serial(),
        tbs.publicKey().fingerprint(),
        request.requester().credential(),
        request.origin());
  }
}
