package dev.nameplate.ca.trust;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.store.AnchorStore;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.SerialPattern;
import dev.nameplate.ca.store.TrustAnchor;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.CertificatePath;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// Adds and removes the manufacturers that labels trust, at run time: what is said here counts for
/// the next request, on every node. May be used by many threads at once.
public final class TrustAnchors {

  /// How many anchors a label can have: each is looked at for each IDevID.
  public static final int MOST = 100;

  /// What became of an addition.
  public sealed interface Added {
    record Done(TrustAnchor anchor) implements Added {}

    record AlreadyThere() implements Added {}

    /// It must not be one.
    record Refused(String why) implements Added {}
  }

  private final AnchorStore anchors;
  private final IssuerStore issuers;
  private final CertificateStore certificates;
  private final InstantSource clock;

  public TrustAnchors(
      AnchorStore anchors,
      IssuerStore issuers,
      CertificateStore certificates,
      InstantSource clock) {
    this.anchors = anchors;
    this.issuers = issuers;
    this.certificates = certificates;
    this.clock = clock;
  }

  /// @param serials which devices it may vouch for
  /// @param by who decided it, for the audit log
  public Added add(
      String label, Certificate certificate, Optional<SerialPattern> serials, String by) {
    var unfit = CertificatePath.unfitAsAnchor(certificate).or(() -> ours(certificate));
    if (unfit.isPresent()) {
      return new Added.Refused(certificate.subject() + " cannot be a trust anchor: " + unfit.get());
    }
    if (anchors.anchors(Optional.of(label)).size() >= MOST) {
      return new Added.Refused(label + " has " + MOST + " trust anchors, which is the most");
    }
    var anchor = new TrustAnchor(label, certificate, serials, clock.instant(), by);
    var why =
        new AuditEvent.AnchorAdded(
            label,
            certificate.sha256(),
            certificate.subject().toString(),
            serials.map(SerialPattern::text).orElse(""),
            by);
    return anchors.addAnchor(anchor, why) ? new Added.Done(anchor) : new Added.AlreadyThere();
  }

  /// False if the label has no such anchor.
  public boolean remove(String label, String certificateSha256, String by) {
    return anchors.removeAnchor(
        label, certificateSha256, new AuditEvent.AnchorRemoved(label, certificateSha256, by));
  }

  /// Oldest first; without a label those of all labels.
  public List<TrustAnchor> list(Optional<String> label) {
    return anchors.anchors(label);
  }

  /// Our own certificates renew themselves; a first one is not had with them.
  private Optional<String> ours(Certificate certificate) {
    var known = issuers.issuers();
    boolean ours =
        certificates.findByFingerprint(certificate.sha256()).isPresent()
            || known.stream()
                .map(record -> record.issuer().publicKey())
                .anyMatch(
                    key -> key.equals(certificate.publicKey()) || certificate.isSignedBy(key));
    return ours
        ? Optional.of("it is our own authority's; manufacturers are for first enrollment only")
        : Optional.empty();
  }
}
