package dev.nameplate.ocsp;

import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// All signers of this node at one moment, and the authorities for which they speak; when one is
/// renewed, a new set takes its place. Immutable.
public final class OcspSigners {

  private record Serial(IssuerId issuer, SerialNumber serial) {}

  private final Map<IssuerId, List<OcspSigner>> signers;
  private final Map<IssuerHashes, IssuerId> issuers;
  private final Map<IssuerId, CaCertificate> authorities;
  private final Set<Serial> own;

  private OcspSigners(
      Map<IssuerId, List<OcspSigner>> signers,
      Map<IssuerHashes, IssuerId> issuers,
      Map<IssuerId, CaCertificate> authorities,
      Set<Serial> own) {
    this.signers = signers;
    this.issuers = issuers;
    this.authorities = authorities;
    this.own = own;
  }

  /// Of nobody: every issuer is foreign.
  public static OcspSigners none() {
    return of(List.of(), List.of(), List.of());
  }

  /// Computes the hashes by which CertIDs name the issuers, once.
  ///
  /// @param answering for whom there must be answers; one of them without a signer is not foreign,
  ///   it has no answer now. Whoever has a signer is one of them.
  /// @param signers newest last; their validity does not tell, for two may begin and end alike. If
  ///   an issuer has signers of several algorithms, the last one signs for those who do not ask for
  ///   another.
  /// @param authorities what the issuers sign under, where that is known
  public static OcspSigners of(
      List<Issuer> answering, List<OcspSigner> signers, List<CaCertificate> authorities) {
    var issuers = new HashMap<IssuerHashes, IssuerId>();
    var known = Stream.concat(answering.stream(), signers.stream().map(OcspSigner::issuer));
    for (var issuer : known.distinct().toList()) {
      for (var hash : CertIdHash.values()) {
        issuers.put(IssuerHashes.of(issuer, hash), issuer.id());
      }
    }
    var own = new HashSet<Serial>();
    for (var signer : signers) {
      own.add(new Serial(signer.issuer().id(), signer.certificate().serial()));
    }
    var certificates = new HashMap<IssuerId, CaCertificate>();
    for (var certificate : authorities) {
      certificates.put(certificate.ca(), certificate);
      own.add(new Serial(certificate.issuedBy(), certificate.serial()));
    }
    return new OcspSigners(
        signers.stream().collect(Collectors.groupingBy(signer -> signer.issuer().id())),
        Map.copyOf(issuers),
        Map.copyOf(certificates),
        Set.copyOf(own));
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
    return allValidAt(now, issuer).reduce((_, newer) -> newer);
  }

  /// The newest one that signs with the first of these algorithms for which there is one.
  ///
  /// @param preferred OIDs, dotted
  Optional<OcspSigner> validAt(Instant now, IssuerId issuer, List<String> preferred) {
    return validAt(now, issuer, preferred, _ -> true);
  }

  /// The newest one of those that may sign.
  ///
  /// @param may asked for the newest first, and no more often than needed
  Optional<OcspSigner> validAt(
      Instant now, IssuerId issuer, List<String> preferred, Predicate<OcspSigner> may) {
    var newestFirst = allValidAt(now, issuer).toList().reversed();
    for (var algorithm : preferred) {
      var found =
          newestFirst.stream()
              .filter(signer -> signer.key().algorithm().oid().equals(algorithm))
              .filter(may)
              .findFirst();
      if (found.isPresent()) {
        return found;
      }
    }
    return newestFirst.stream().filter(may).findFirst();
  }

  /// What an issuer signs under, if that is known.
  Optional<CaCertificate> authority(IssuerId issuer) {
    return Optional.ofNullable(authorities.get(issuer));
  }

  /// Whether this is one of our signers' certificates, or an authority's own: whether every answer
  /// changes with it.
  boolean hangOn(IssuerId issuer, SerialNumber serial) {
    return own.contains(new Serial(issuer, serial));
  }

  /// The issuer's signers whose certificates are valid at `now`, newest last.
  public Stream<OcspSigner> allValidAt(Instant now, IssuerId issuer) {
    return signers.getOrDefault(issuer, List.of()).stream()
        .filter(signer -> signer.certificate().isValidAt(now));
  }

  private Optional<IssuerId> find(OcspRequest.CertId certId) {
    return Optional.ofNullable(issuers.get(certId.issuer()));
  }
}
