package dev.nameplate.ca.enrollment;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.CompleteOutcome;
import dev.nameplate.ca.store.Reservation;
import dev.nameplate.ca.store.ReserveOutcome;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Lint;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import dev.nameplate.ca.x509.TbsCertificate;
import java.time.InstantSource;
import java.util.Optional;

/// Takes over a certificate of an authority that was signed elsewhere: the key of an offline root
/// is not here. It passes the same lint as ours, and is then remembered as if it had been issued
/// here, so that it has an owner, can be revoked, and is known to the audit log. May be used by
/// many threads at once.
public final class CertificateImport {

  private final CertificateStore store;
  private final InstantSource clock;

  public CertificateImport(CertificateStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /// Empty if it is remembered now, or was before; else what is wrong with it, and nothing changed.
  ///
  /// @param by whose certificate it is, registered under this profile
  /// @param issuer who signed it, which has to be known here
  /// @param issuing the certificate of the issuer; empty for one that signed itself
  public Optional<String> remember(
      Certificate certificate,
      Issuer issuer,
      Optional<Certificate> issuing,
      CrlScope scope,
      CertificateProfile profile,
      Requester.Internal by) {
    if (!certificate.isSignedBy(issuer.publicKey())) {
      return Optional.of("is not signed by the key of " + issuer.name());
    }
    var tbs =
        new TbsCertificate(
            certificate.tbs(),
            certificate.serial(),
            certificate.issuer(),
            certificate.subject(),
            certificate.publicKey(),
            certificate.notBefore(),
            certificate.notAfter(),
            SignatureAlgorithm.of(issuer.publicKey().type()));
    var faults = Lint.check(tbs, issuing);
    if (!faults.isEmpty()) {
      return Optional.of("breaks the rules: " + String.join("; ", faults));
    }
    var known = store.find(issuer.id(), certificate.serial());
    if (known.isPresent() && known.get().state() == CertificateState.ISSUED) {
      return known.get().certificate().filter(certificate::equals).isPresent()
          ? Optional.empty()
          : Optional.of("has the serial of another certificate");
    }
    if (known.isEmpty()) {
      var refusal = reserved(tbs, certificate, issuer, scope, profile, by);
      if (refusal.isPresent()) {
        return refusal;
      }
    }
    var issued = new AuditEvent.Issued(by.owner(), issuer.id(), tbs.serial(), certificate.sha256());
    return switch (store.complete(
        issuer.id(), certificate, true, profile.rotation().supersede(), issued)) {
      case CompleteOutcome.Completed() -> Optional.empty();
      case CompleteOutcome.Unwanted() ->
          Optional.of("was given up here: " + by.owner() + " was retired, or it took too long");
    };
  }

  private Optional<String> reserved(
      TbsCertificate tbs,
      Certificate certificate,
      Issuer issuer,
      CrlScope scope,
      CertificateProfile profile,
      Requester.Internal by) {
    var reservation =
        new Reservation(
            by,
            profile.name(),
            profile.version(),
            issuer.id(),
            scope,
            tbs,
            certificate.sha256(),
            true,
            true,
            clock.instant(),
            Enrollment.PATIENCE,
            profile.rotation());
    var why =
        new AuditEvent.Issuing(
            by.owner(),
            by.epoch(),
            profile.name(),
            profile.version(),
            issuer.id(),
            tbs.serial(),
            tbs.publicKey().fingerprint(),
            by.credential(),
            Origin.INTERNAL);
    return switch (store.reserve(reservation, why)) {
      case ReserveOutcome.Reserved() -> Optional.empty();
      case ReserveOutcome.Answered _ -> Optional.empty();
      case ReserveOutcome.Refused(var refusal) -> Optional.of("is refused: " + refusal);
      case ReserveOutcome.InProgress _, ReserveOutcome.NotSignable _, ReserveOutcome.Queued _ ->
          Optional.of("is being taken over already");
    };
  }
}
