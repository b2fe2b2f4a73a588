package dev.nameplate.ca.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.x509.Certificate;
import java.util.List;

/// Remembers issuers, their certificates and signers, and the profiles that issuance refers to. All
/// methods may be called from many threads at once, and throw [StoreException] if the store cannot
/// do its work now.
public interface IssuerStore {

  /// Adds an issuer, before its first certificate.
  void addIssuer(
      Issuer issuer, String role, CrlScope scope, KeyLocation key, AuditEvent.IssuerAdded why);

  /// Records that an ISSUED certificate is one of this issuer's own, and writes
  /// `IssuerCertificateAdded`; does nothing if that is known.
  void addIssuerCertificate(IssuerId issuer, Certificate certificate);

  List<IssuerRecord> issuers();

  /// Records an ISSUED certificate as delegated OCSP signer.
  void addOcspSigner(OcspSignerRecord signer, AuditEvent.OcspSignerAdded why);

  /// Newest last.
  List<OcspSignerRecord> ocspSigners();

  /// Remembers this version of a profile with its source text; does nothing if it is known.
  void recordProfile(CertificateProfile profile, String source, AuditEvent.ProfileRecorded why);
}
