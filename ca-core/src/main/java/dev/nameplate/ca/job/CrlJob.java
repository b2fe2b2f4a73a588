package dev.nameplate.ca.job;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.revocation.CrlPublication;
import dev.nameplate.ca.revocation.CrlRefusedException;
import dev.nameplate.ca.store.LeaseStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/// Publishes every CRL that is due. An issuer whose key is away does not keep the others waiting,
/// nor does a list that is not fit to be published.
public final class CrlJob implements Job {

  private static final Duration LEASE = Duration.ofSeconds(30);

  /// Whom a node asks before it publishes what other nodes could publish, too.
  private record Leases(LeaseStore store, String node, InstantSource clock) {

    /// From this moment on: the run may have begun long ago.
    OptionalLong of(Authority authority) {
      var name = "crl-" + authority.id().hex().substring(0, 32);
      return store.lease(name, node, clock.instant(), LEASE);
    }
  }

  private final CrlPublication publication;
  private final Supplier<List<Authority>> authorities;
  private final Optional<Leases> leases;

  /// For the moment: whoever else publishes, this publishes, too.
  public CrlJob(CrlPublication publication, Supplier<List<Authority>> authorities) {
    this.publication = publication;
    this.authorities = authorities;
    this.leases = Optional.empty();
  }

  /// One node of many publishes the lists of one issuer.
  public CrlJob(
      CrlPublication publication,
      Supplier<List<Authority>> authorities,
      LeaseStore leases,
      String node,
      InstantSource clock) {
    this.publication = publication;
    this.authorities = authorities;
    this.leases = Optional.of(new Leases(leases, node, clock));
  }

  @Override
  public String name() {
    return "crl-publication";
  }

  @Override
  public String run(Instant now) {
    int published = 0;
    var failures = new ArrayList<RuntimeException>();
    for (var authority : authorities.get()) {
      try {
        for (var scope : publication.due(authority)) {
          // anew for each: a large list takes its time
          var lease = lease(authority);
          if (lease.isEmpty()) {
            break;
          }
          try {
            published +=
                publication.publishIfDue(authority, scope, lease.getAsLong()).isPresent() ? 1 : 0;
          } catch (CrlRefusedException notThisOne) {
            failures.add(notThisOne);
          }
        }
      } catch (RuntimeException noneOfThem) {
        failures.add(noneOfThem);
      }
    }
    if (!failures.isEmpty()) {
      var first = failures.removeFirst();
      failures.forEach(first::addSuppressed);
      throw first;
    }
    return published + " CRLs published";
  }

  private OptionalLong lease(Authority authority) {
    return leases.isEmpty() ? OptionalLong.of(0) : leases.get().of(authority);
  }
}
