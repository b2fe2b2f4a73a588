package dev.nameplate.server;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.Authorities;
import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.enrollment.EnrollmentResult;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.RegisterOutcome;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.MalformedCsrException;
import dev.nameplate.ca.x509.SubjectAltName;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;

/// Certificates for ourselves: authorities, OCSP signers, TLS, the first admin. They go the same
/// way as a device's.
public final class OwnCertificates {

  private final OwnerStore owners;
  private final Function<Authorities, Enrollment> enrollments;
  private final Enrollment enrollment;
  private final InstantSource clock;

  /// @param enrollments makes what issues by the authorities that it is given
  /// @param authorities those that the profiles name
  OwnCertificates(
      OwnerStore owners,
      Function<Authorities, Enrollment> enrollments,
      Authorities authorities,
      InstantSource clock) {
    this.owners = owners;
    this.enrollments = enrollments;
    this.enrollment = enrollments.apply(authorities);
    this.clock = clock;
  }

  /// The same rules, and this authority signs: whoever is not yet the one that a profile names, or
  /// is not any more.
  public OwnCertificates signedBy(Authority authority) {
    return new OwnCertificates(owners, enrollments, _ -> authority, clock);
  }

  /// A certificate for a key of ours; its owner is registered if need be.
  ///
  /// @param purpose why, for the audit log: `init`
  /// @throws NotIssuedException if the rules refuse it
  public Certificate issue(
      Owner owner,
      CertificateProfile profile,
      DistinguishedName subject,
      SigningKey key,
      String purpose) {
    var request = Csr.sign(subject, key.publicKey(), key.algorithm(), key::sign);
    return issue(owner, profile, parse(request), purpose);
  }

  /// The same, for a server with these names and addresses.
  public Certificate issueFor(
      List<String> hosts,
      Owner owner,
      CertificateProfile profile,
      DistinguishedName subject,
      SigningKey key,
      String purpose) {
    return issueWith(SubjectAltName.of(hosts), owner, profile, subject, key, purpose);
  }

  /// The same, with the names of a certificate that is renewed.
  Certificate issueWith(
      Der subjectAltName,
      Owner owner,
      CertificateProfile profile,
      DistinguishedName subject,
      SigningKey key,
      String purpose) {
    var request = Csr.sign(subject, key.publicKey(), subjectAltName, key.algorithm(), key::sign);
    return issue(owner, profile, parse(request), purpose);
  }

  /// The same for a key whose holder made the request.
  public Certificate issue(Owner owner, CertificateProfile profile, Csr request, String purpose) {
    register(owner, profile.name());
    int epoch =
        owners
            .find(owner)
            .orElseThrow(() -> new IllegalStateException(owner + " is not registered"))
            .epoch();
    var result =
        enrollment.enroll(
            new IssuanceRequest(
                new Requester.Internal(owner, epoch, purpose), request, profile, Purpose.ENROLL));
    return switch (result) {
      case EnrollmentResult.Issued(var certificate, _) -> certificate;
      case EnrollmentResult.Refused(var refusal) ->
          throw new NotIssuedException("no certificate for " + owner + ": " + refusal);
      case EnrollmentResult.Queued(var id, _) ->
          throw new IllegalStateException(owner + " waits for approval " + id);
      case EnrollmentResult.InProgress _ ->
          throw new NotIssuedException("the certificate of " + owner + " is being made already");
    };
  }

  /// Makes sure that it is registered for this label.
  public void register(Owner owner, String label) {
    if (owners.find(owner).isPresent()) {
      return;
    }
    var why = new AuditEvent.OwnerRegistered(owner, label, "nameplate");
    var outcome = owners.register(owner, label, clock.instant(), why);
    if (!(outcome instanceof RegisterOutcome.Registered)) {
      throw new IllegalStateException("cannot register " + owner + ": " + outcome);
    }
  }

  private static Csr parse(Der request) {
    try {
      return Csr.parse(request.toByteArray());
    } catch (MalformedCsrException ours) {
      throw new IllegalStateException("a request of our own that cannot be read", ours);
    }
  }
}
