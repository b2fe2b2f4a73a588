package dev.nameplate.server.ceremony;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.Csr;
import java.time.Instant;

/// Everything that has to be true of a root, the authority that it certified and its CRL, before a
/// server takes them over. Pure; it finds out before anything is written.
record HierarchyChecks(Certificate root, Certificate issuing, Crl crl, Instant now) {

  /// @param fingerprint the SHA-256 of the root's certificate, as people carried it here
  /// @throws CeremonyException that names the first thing that is wrong
  void all(String fingerprint, StatusUrls urls) throws CeremonyException {
    checkRoot(fingerprint);
    checkIssuing(urls);
    checkCrl();
  }

  private void checkRoot(String fingerprint) throws CeremonyException {
    require(
        root.sha256().equalsIgnoreCase(fingerprint.replaceAll("[:\\s]", "")),
        "the root's certificate has the SHA-256 "
            + root.sha256()
            + ", and not the one that was read"
            + " out: somebody may have exchanged it on the way");
    require(
        root.issuer().equals(root.subject()) && root.isSignedBy(root.publicKey()),
        "the root's certificate is not signed by itself");
    require(root.isValidAt(now), "the root is not valid now, by the clock of this machine");
    var limits = RootWork.limits(root);
    require(
        limits.authority() && limits.signsCertificates() && limits.signsCrls(),
        "the root's certificate does not let it sign certificates and CRLs");
    require(
        limits.pathLength().isEmpty() || limits.pathLength().getAsInt() >= 1,
        "the root's pathLen " + limits.pathLength() + " allows no authority below it");
  }

  private void checkIssuing(StatusUrls urls) throws CeremonyException {
    require(
        issuing.issuer().equals(root.subject()) && issuing.isSignedBy(root.publicKey()),
        "the issuing certificate is not signed by this root");
    require(
        issuing.authorityKeyIdentifier().isPresent()
            && issuing.authorityKeyIdentifier().equals(root.subjectKeyIdentifier()),
        "the issuing certificate names another key as its authority's");
    require(issuing.isValidAt(now), "the issuing certificate is not valid now");
    require(
        !issuing.notAfter().isAfter(root.notAfter()),
        "the issuing certificate ends after the root, at " + issuing.notAfter());
    var limits = RootWork.limits(issuing);
    require(
        limits.authority() && limits.signsCertificates() && limits.signsCrls(),
        "the issuing certificate does not let it sign certificates and CRLs");
    require(
        limits.pathLength().isPresent() && limits.pathLength().getAsInt() == 0,
        "the issuing certificate does not say pathLen 0");
    var above = RootWork.limits(root).names();
    require(
        above.isEmpty() || limits.names().equals(above),
        "the root is limited to names, and the issuing certificate does not repeat its limits");
    var wanted = urls.crl(IssuerId.of(root.publicKey()), CrlScope.AUTHORITIES);
    require(
        limits.crls().contains(wanted),
        "the issuing certificate says that its CRL is at %s, and this server publishes it at %s: the public URLs differ"
            .formatted(limits.crls(), wanted));
  }

  private void checkCrl() throws CeremonyException {
    require(
        crl.issuer().equals(root.subject()) && crl.isSignedBy(root.publicKey()),
        "the CRL is not signed by this root");
    require(crl.nextUpdate().isAfter(now), "the CRL is over since " + crl.nextUpdate());
    require(!crl.thisUpdate().isAfter(now), "the CRL is from the future: " + crl.thisUpdate());
    require(
        !RootWork.lists(crl, issuing.serial()),
        "the CRL says that the issuing certificate is revoked");
  }

  /// That the authority may certify the names of the server itself.
  void names(Csr tls) throws CeremonyException {
    var limits = RootWork.limits(issuing).names();
    if (limits.isEmpty() || tls.subjectAltName().isEmpty()) {
      return;
    }
    var refused = limits.get().refuses(tls.subjectAltName().get());
    require(
        refused.isEmpty(),
        "the issuing authority is limited to names (%s), and may not certify this server as %s"
            .formatted(limits.get(), refused.orElse("")));
  }

  private static void require(boolean holds, String otherwise) throws CeremonyException {
    if (!holds) {
      throw new CeremonyException(otherwise);
    }
  }
}
