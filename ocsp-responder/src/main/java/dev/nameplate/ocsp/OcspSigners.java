package dev.nameplate.ocsp;

import dev.nameplate.ca.issuer.IssuerId;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// All signers of this node at one moment; when one is renewed, a new set takes its place. An
/// issuer without a signer here is foreign. Immutable.
public final class OcspSigners {

  private final List<OcspSigner> signers;
  private final Map<IssuerHashes, IssuerId> issuers;

  private OcspSigners(List<OcspSigner> signers, Map<IssuerHashes, IssuerId> issuers) {
    this.signers = signers;
    this.issuers = issuers;
  }

  /// Computes the hashes by which CertIDs name the issuers, once.
  ///
  /// @param signers newest last; their validity does not tell, for two may begin and end alike
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
        .reduce((_, newer) -> newer);
  }

  private Optional<IssuerId> find(OcspRequest.CertId certId) {
    return Optional.ofNullable(issuers.get(certId.issuer()));
  }
}
