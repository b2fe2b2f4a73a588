package dev.nameplate.ca.revocation;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.signing.OfflineKey;
import dev.nameplate.ca.store.CrlBase;
import dev.nameplate.ca.store.CrlState;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.store.StatusSource;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.MalformedCrlException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/// Publishes CRLs: whole or not at all, never with a smaller number, never losing a revocation. May
/// be called from many threads and nodes at once; of two that go on from the same list, one wins.
///
/// Numbers are the time in seconds, or one more than the last one: so a store that was put back to
/// an older state gives none twice.
public final class CrlPublication {

  /// How often a list is made anew when a status changed meanwhile.
  private static final int TRIES = 5;

  private final CrlStore crls;
  private final StatusSource statuses;
  private final InstantSource clock;
  private final CrlSchedule schedule;
  private final StatusUrls urls;
  private final boolean deltas;
  private final CrlListener listener;

  /// Of complete lists only.
  ///
  /// @param statuses tells whether a certificate that leaves the CRL may leave it
  /// @param urls where the lists are, as certificates name them
  public CrlPublication(
      CrlStore crls,
      StatusSource statuses,
      InstantSource clock,
      CrlSchedule schedule,
      StatusUrls urls,
      CrlListener listener) {
    this(crls, statuses, clock, schedule, urls, false, listener);
  }

  /// @param statuses tells whether a certificate that leaves the CRL may leave it
  /// @param urls where the lists are, as certificates name them
  /// @param deltas whether each list comes with a delta to those that relying parties may hold
  public CrlPublication(
      CrlStore crls,
      StatusSource statuses,
      InstantSource clock,
      CrlSchedule schedule,
      StatusUrls urls,
      boolean deltas,
      CrlListener listener) {
    this.crls = crls;
    this.statuses = statuses;
    this.clock = clock;
    this.schedule = schedule;
    this.urls = urls;
    this.deltas = deltas;
    this.listener = listener;
  }

  /// The authority's lists that are to be made now: the shards that it has, or ever had, and the
  /// complete one.
  public List<CrlScope> due(Authority authority) {
    if (authority.key() instanceof OfflineKey) {
      return List.of(); // its lists are imported
    }
    var now = now();
    var states = crls.crlStates(authority.id());
    return scopes(authority, states.keySet()).stream()
        .filter(scope ->
            Optional.ofNullable(states.get(scope))
                .filter(state -> !schedule.isDue(state, now))
                .isEmpty())
        .toList();
  }

  /// Every list of the authority, the complete one last.
  public List<CrlScope> scopes(Authority authority) {
    return scopes(authority, crls.crlStates(authority.id()).keySet());
  }

  private static List<CrlScope> scopes(Authority authority, Iterable<CrlScope> known) {
    var shards = new TreeSet<>((CrlScope a, CrlScope b) -> a.name().compareTo(b.name()));
    if (authority.shards() > 1) {
      for (int index = 0; index < authority.shards(); index++) {
        shards.add(CrlScope.shard(index));
      }
    }
    // certificates name them for as long as they live, however many there are now
    known.forEach(scope -> {
      if (scope.isShard()) {
        shards.add(scope);
      }
    });
    var scopes = new ArrayList<>(shards);
    scopes.add(authority.scope());
    return List.copyOf(scopes);
  }

  /// Publishes the authority's next complete CRL, if it is time.
  public Optional<PublishedCrl> publishIfDue(Authority authority) {
    return publishIfDue(authority, authority.scope(), 0);
  }

  /// Publishes the next CRL of this scope, if it is time. Whatever this throws, the CRL before is
  /// still the published one.
  ///
  /// @param lease the number of the lease under which this is done, 0 if under none
  /// @return the new CRL; empty if none is due, or if another node was faster
  /// @throws dev.nameplate.ca.signing.SigningException if the key is away or lies
  /// @throws StoreException if the store cannot do its work
  /// @throws CrlRefusedException if what was made is not fit to be published
  public Optional<PublishedCrl> publishIfDue(Authority authority, CrlScope scope, long lease) {
    var state = crls.crlState(authority.id(), scope);
    return schedule.isDue(state, now())
        ? publish(authority, scope, state, lease, TRIES)
        : Optional.empty();
  }

  /// The same, due or not.
  public Optional<PublishedCrl> publishNow(Authority authority, CrlScope scope) {
    return publish(authority, scope, crls.crlState(authority.id(), scope), 0, TRIES);
  }

  private Optional<PublishedCrl> publish(
      Authority authority, CrlScope scope, CrlState state, long lease, int tries) {
    var begun = clock.instant();
    var now = begun.truncatedTo(ChronoUnit.SECONDS);
    var latest = crls.latestCrl(authority.id(), scope);
    long number = Math.max(state.latestNumber() + 1, now.getEpochSecond());
    if (latest.filter(before -> before.number() > state.latestNumber()).isPresent()) {
      return Optional.empty(); // another node was faster
    }
    var previous = latest.map(CrlPublication::parse);
    // what expired since the CRL before is on this one, for the last time
    var expiredSince =
        previous
            .map(before -> before.thisUpdate().isBefore(now) ? before.thisUpdate() : now)
            .orElse(Instant.EPOCH);
    var nextUpdate = now.plus(schedule.validity());

    var builder = new CrlBuilder(authority, number, now, nextUpdate);
    var names = scope.isShard() ? names(authority, scope, previous) : List.<URI>of();
    var base = base(authority, scope, now);
    builder.distributedAt(names);
    base.ifPresent(_ -> builder.withDeltasAt(urls.delta(authority.id(), scope)));
    crls.revoked(authority.id(), scope, expiredSince, builder::add);
    var made = builder.sign();

    var objection = gate(authority, scope).objection(made, previous, now);
    if (objection.isPresent()) {
      // a status may have changed after it was read for the list, and before the gate asked for it
      var since = crls.crlState(authority.id(), scope);
      if (since.changes() != state.changes() && tries > 1) {
        return publish(authority, scope, since, lease, tries - 1);
      }
      listener.refused(authority.id(), scope, number, objection.get());
      throw new CrlRefusedException(
          "CRL %d (%s) of %s is not published, because it %s"
              .formatted(number, scope, authority.issuer().name(), objection.get()));
    }
    var crl =
        new PublishedCrl(
            authority.id(),
            scope,
            number,
            state.changes(),
            builder.count(),
            now,
            nextUpdate,
            expiredSince,
            made.der(),
            base.map(of -> {
              var delta = new CrlBuilder(authority, number, now, nextUpdate);
              delta.distributedAt(names).addingTo(of.number());
              new CrlDelta(crls, of, made, expiredSince).fill(authority.id(), scope, delta);
              return delta.sign().der();
            }));
    var why =
        new AuditEvent.CrlPublished(
            crl.issuer(), crl.scope(), number, crl.entries(), made.der().sha256Hex());
    if (!crls.publish(crl, state.latestNumber(), why, lease)) {
      return Optional.empty();
    }
    listener.published(crl, Duration.between(begun, clock.instant()));
    return Optional.of(crl);
  }

  /// To what a delta is made, if one is. One list that covers others has none: those have.
  private Optional<CrlBase> base(Authority authority, CrlScope scope, Instant now) {
    return deltas
            && crls.crlStates(authority.id()).keySet().stream()
                .noneMatch(other -> scope.covers(other) && !other.equals(scope))
        ? crls.oldestBase(authority.id(), scope, now)
        : Optional.empty();
  }

  /// Where the list is now, and wherever it was: certificates name the one or the other.
  private List<URI> names(Authority authority, CrlScope scope, Optional<Crl> previous) {
    var names = new LinkedHashSet<URI>();
    names.add(urls.crl(authority.id(), scope));
    previous.flatMap(Crl::distributionPoint).ifPresent(before -> names.addAll(before.names()));
    return List.copyOf(names);
  }

  private CrlGate gate(Authority authority, CrlScope scope) {
    Certificate certificate = authority.certificate().orElseThrow();
    return new CrlGate(authority.issuer(), certificate, scope, statuses);
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }

  private static Crl parse(PublishedCrl crl) {
    try {
      return Crl.parse(crl.der());
    } catch (MalformedCrlException stored) {
      throw new StoreException(
          "CRL " + crl.number() + " of " + crl.issuer() + " is damaged", stored);
    }
  }
}
