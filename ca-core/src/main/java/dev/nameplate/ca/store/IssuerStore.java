package dev.nameplate.ca.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.x509.Certificate;

/// Remembers issuers, their certificates and signers, and the profiles that issuance refers to. All
/// methods may be called from many threads at once, and throw [StoreException] if the store cannot
/// do its work now.
public interface IssuerStore extends IssuerSource {

  /// Adds an issuer, before its first certificate. It is not active.
  void addIssuer(
      Issuer issuer, String role, CrlScope scope, KeyLocation key, AuditEvent.IssuerAdded why);

  /// Records that an ISSUED certificate is one of this issuer's own, and writes
  /// `IssuerCertificateAdded`; does nothing if that is known.
  void addIssuerCertificate(IssuerId issuer, Certificate certificate);

  /// From now on it signs. False, and nothing changed, if it is active already.
  ///
  /// @throws StoreException if there is no such issuer, or it has no certificate
  boolean activate(IssuerId issuer, AuditEvent.IssuerActivated why);

  /// Records an ISSUED certificate as delegated OCSP signer.
  void addOcspSigner(OcspSignerRecord signer, AuditEvent.OcspSignerAdded why);

  /// Remembers this version of a profile with its source text; does nothing if it is known.
  void recordProfile(CertificateProfile profile, String source, AuditEvent.ProfileRecorded why);
}
