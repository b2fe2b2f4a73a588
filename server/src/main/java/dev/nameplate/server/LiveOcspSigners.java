package dev.nameplate.server;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ocsp.OcspSigner;
import dev.nameplate.ocsp.OcspSigners;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
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

  private final IssuerStore issuers;
  private final LiveAuthorities authorities;
  private final LiveAuthorities.Keys keys;
  private final String node;
  private final InstantSource clock;
  private final Map<OcspSignerRecord, OcspSigner> open = new HashMap<>();
  private volatile OcspSigners signers = OcspSigners.of(List.of());

  LiveOcspSigners(
      IssuerStore issuers,
      LiveAuthorities authorities,
      LiveAuthorities.Keys keys,
      String node,
      InstantSource clock) {
    this.issuers = issuers;
    this.authorities = authorities;
    this.keys = keys;
    this.node = node;
    this.clock = clock;
  }

  @Override
  public OcspSigners get() {
    return signers;
  }

  /// Reads anew which signers there are. One whose key is away is left out, and said so: the others
  /// go on answering. A key that is open stays so.
  synchronized void refresh() {
    var now = clock.instant();
    var found = new ArrayList<OcspSigner>();
    for (var authority : authorities.all()) {
      for (var record : of(authority, now)) {
        open(authority, record).ifPresent(found::add);
      }
    }
    open.values().retainAll(found);
    signers = OcspSigners.of(found);
  }

  /// The newest signer of this node for an authority.
  Optional<OcspSignerRecord> newest(Authority authority) {
    return issuers.ocspSigners().stream()
        .filter(record -> record.node().equals(node) && record.issuer().equals(authority.id()))
        .reduce((_, newer) -> newer);
  }

  /// The newest signer of this node, for whichever authority.
  Optional<OcspSignerRecord> newest() {
    return issuers.ocspSigners().stream()
        .filter(record -> record.node().equals(node))
        .reduce((_, newer) -> newer);
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
                  new OcspSigner(
                      authority.issuer(), record.certificate(), keys.open(record.key(), ROLE))));
    } catch (SigningException | IllegalArgumentException unusable) {
      LOG.error("cannot use the OCSP signer {}", record.certificate(), unusable);
      return Optional.empty();
    }
  }
}
