package dev.nameplate.ocsp;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.x509.Certificate;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// All signers of this node at one moment; when one is renewed, a new set takes its place. An
/// issuer without a signer here is foreign. Immutable.
public final class OcspSigners {

  /// Oldest first. While an authority is young, certificates have its notBefore in common.
  public static final Comparator<Certificate> BY_AGE =
      Comparator.comparing(Certificate::notBefore).thenComparing(Certificate::notAfter);

  private final List<OcspSigner> signers;
  private final Map<IssuerHashes, IssuerId> issuers;

  private OcspSigners(List<OcspSigner> signers, Map<IssuerHashes, IssuerId> issuers) {
    this.signers = signers;
    this.issuers = issuers;
  }

  /// Computes the hashes by which CertIDs name the issuers, once.
  public static OcspSigners of(List<OcspSigner> signers) {
    var issuers = new HashMap<IssuerHashes, IssuerId>();
    for (var signer : signers) {
      for (var hash : CertIdHash.values()) {
        issuers.put(IssuerHashes.of(signer.issuer(), hash), signer.issuer().id());
      }
    }
    return new OcspSigners(List.copyOf(signers), Map.copyOf(issuers));
  }

  /// The one issuer of all certificates that are asked for; empty if one of them is foreign, or
  /// there are several: a delegated signer speaks for one issuer.
  Optional<IssuerId> issuerOf(OcspRequest request) {
    Optional<IssuerId> issuer = find(request.certIds().getFirst());
    return request.certIds().stream().allMatch(certId -> find(certId).equals(issuer))
        ? issuer
        : Optional.empty();
  }

  /// The issuer's newest signer whose certificate is valid at `now`.
  public Optional<OcspSigner> validAt(Instant now, IssuerId issuer) {
    return signers.stream()
        .filter(signer -> signer.issuer().id().equals(issuer))
        .filter(signer -> signer.certificate().isValidAt(now))
        .max(Comparator.comparing(OcspSigner::certificate, BY_AGE));
  }

  private Optional<IssuerId> find(OcspRequest.CertId certId) {
    return Optional.ofNullable(issuers.get(certId.issuer()));
  }
}
