package dev.nameplate.server;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.IssuerSource;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ocsp.CaCertificate;
import dev.nameplate.ocsp.OcspSigner;
import dev.nameplate.ocsp.OcspSigners;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The OCSP signers of this node, as they are now. A new one takes effect with the next answer.
final class LiveOcspSigners implements Supplier<OcspSigners> {

  static final String ROLE = "ocsp";

  private static final Logger LOG = LoggerFactory.getLogger(LiveOcspSigners.class);

  private final IssuerSource issuers;
  private final LiveAuthorities authorities;
  private final LiveAuthorities.Keys keys;
  private final String node;
  private final List<KeyType> types;
  private final InstantSource clock;
  private final Map<OcspSignerRecord, OcspSigner> open = new HashMap<>();
  private volatile OcspSigners signers = OcspSigners.none();

  /// @param types the keys that sign; whoever wishes for nothing gets a signature of the first one
  LiveOcspSigners(
      IssuerSource issuers,
      LiveAuthorities authorities,
      LiveAuthorities.Keys keys,
      String node,
      List<KeyType> types,
      InstantSource clock) {
    this.issuers = issuers;
    this.authorities = authorities;
    this.keys = keys;
    this.node = node;
    this.types = List.copyOf(types);
    this.clock = clock;
  }

  @Override
  public OcspSigners get() {
    return signers;
  }

  /// Reads anew which signers there are. One whose key is away is left out, and said so: the others
  /// go on answering. An authority that is left without a signer is known still, and answered
  /// `tryLater`. A key that is open stays so.
  synchronized void refresh() {
    var now = clock.instant();
    var found = new ArrayList<OcspSigner>();
    for (var authority : authorities.all()) {
      for (var record : of(authority, now)) {
        open(authority, record).ifPresent(found::add);
      }
    }
    open.values().retainAll(found);
    found.sort(Comparator.comparingInt(this::preference));
    var answering = authorities.answering().stream().map(Authority::issuer).toList();
    signers = OcspSigners.of(answering, found, certificates());
  }

  /// The newest signer of this node for an authority with such a key.
  Optional<OcspSignerRecord> newest(Authority authority, KeyType type) {
    return issuers.ocspSigners().stream()
        .filter(record -> record.node().equals(node) && record.issuer().equals(authority.id()))
        .filter(record -> record.certificate().publicKey().type() == type)
        .reduce((_, newer) -> newer);
  }

  /// Whether its key is here, and it may sign with it.
  synchronized boolean isOpen(OcspSignerRecord signer) {
    return open.containsKey(signer);
  }

  /// The last one is preferred: the first type that the settings name.
  private int preference(OcspSigner signer) {
    int place = types.indexOf(signer.key().publicKey().type());
    return place < 0 ? Integer.MIN_VALUE : -place;
  }

  /// What the authorities sign under, as far as we know who issued it.
  private List<CaCertificate> certificates() {
    var certificates = new ArrayList<CaCertificate>();
    for (var authority : authorities.all()) {
      authority
          .certificate()
          .flatMap(certificate ->
              authorities
                  .issuerOf(certificate)
                  .map(parent ->
                      new CaCertificate(
                          authority.id(),
                          parent.id(),
                          certificate.serial(),
                          certificate.notAfter())))
          .ifPresent(certificates::add);
    }
    return certificates;
  }

  private List<OcspSignerRecord> of(Authority authority, Instant now) {
    return issuers.ocspSigners().stream()
        .filter(record -> record.node().equals(node) && record.issuer().equals(authority.id()))
        .filter(record -> !record.certificate().notAfter().isBefore(now))
        .toList();
  }

  private Optional<OcspSigner> open(Authority authority, OcspSignerRecord record) {
    try {
      return Optional.of(
          open.computeIfAbsent(
              record,
              _ ->
                  OcspSigner.of(
                      authority.issuer(), record.certificate(), keys.open(record.key(), ROLE))));
    } catch (SigningException | IllegalArgumentException unusable) {
      LOG.error("cannot use the OCSP signer {}", record.certificate(), unusable);
      return Optional.empty();
    }
  }
}
