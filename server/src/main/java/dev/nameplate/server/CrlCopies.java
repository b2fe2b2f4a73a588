package dev.nameplate.server;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.est.CrlBundle;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The newest CRL of each authority, in memory and at most a second old: everybody may ask for
/// them, and a CRL may be large.
final class CrlCopies implements CrlBundle {

  private static final Duration FRESH = Duration.ofSeconds(1);

  private record Copy(Optional<PublishedCrl> crl, Instant asked) {}

  private final LiveAuthorities authorities;
  private final CrlStore crls;
  private final InstantSource clock;
  private final Map<IssuerId, Copy> copies = new ConcurrentHashMap<>();

  CrlCopies(LiveAuthorities authorities, CrlStore crls, InstantSource clock) {
    this.authorities = authorities;
    this.crls = crls;
    this.clock = clock;
  }

  @Override
  public List<Der> of(CertificateProfile profile) {
    return authorities.onPath(profile).stream()
        .map(this::newest)
        .flatMap(Optional::stream)
        .map(PublishedCrl::der)
        .toList();
  }

  private Optional<PublishedCrl> newest(Authority authority) {
    return copies.compute(authority.id(), (_, known) -> fresh(authority, known)).crl();
  }

  private Copy fresh(Authority authority, @Nullable Copy known) {
    var now = clock.instant();
    if (known != null && Duration.between(known.asked(), now).abs().compareTo(FRESH) < 0) {
      return known;
    }
    // the number first: it is small, and seldom another
    long latest = crls.crlState(authority.id(), authority.scope()).latestNumber();
    return known != null && known.crl().stream().anyMatch(crl -> crl.number() == latest)
        ? new Copy(known.crl(), now)
        : new Copy(crls.latestCrl(authority.id(), authority.scope()), now);
  }
}
