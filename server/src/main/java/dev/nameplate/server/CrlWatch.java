package dev.nameplate.server;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.revocation.CrlListener;
import dev.nameplate.ca.store.CrlSource;
import dev.nameplate.ca.store.CrlState;
import dev.nameplate.ca.store.PublishedCrl;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says in metrics, log and health when a CRL is not renewed as it should be: when half, a quarter
/// and a tenth of its life is left, and at once when one was made that must not be published. All
/// that long before a relying party notices.
final class CrlWatch implements Job, CrlListener {

  private static final Logger LOG = LoggerFactory.getLogger(CrlWatch.class);

  private record ListId(IssuerId issuer, CrlScope scope) {}

  private record Refusal(long number, String why) {}

  /// How much of a CRL's life is left, as far as somebody has to know.
  enum Stage {
    FRESH,
    HALF,
    QUARTER,
    TENTH,
    OVER;

    static Stage of(Instant thisUpdate, Instant nextUpdate, Instant now) {
      if (!now.isBefore(nextUpdate)) {
        return OVER;
      }
      double life = Duration.between(thisUpdate, nextUpdate).toMillis();
      double left = Duration.between(now, nextUpdate).toMillis() / life;
      return left > 0.5 ? FRESH : left > 0.25 ? HALF : left > 0.1 ? QUARTER : TENTH;
    }
  }

  private final CrlSource crls;
  private final Supplier<List<Authority>> authorities;
  private final InstantSource clock;
  private final MeterRegistry meters;
  private final Map<ListId, Instant> ends = new ConcurrentHashMap<>();
  private final Map<ListId, Stage> stages = new ConcurrentHashMap<>();
  private final Map<ListId, Refusal> refusals = new ConcurrentHashMap<>();

  CrlWatch(
      CrlSource crls,
      Supplier<List<Authority>> authorities,
      InstantSource clock,
      MeterRegistry meters) {
    this.crls = crls;
    this.authorities = authorities;
    this.clock = clock;
    this.meters = meters;
  }

  @Override
  public String name() {
    return "crl-watch";
  }

  @Override
  public String run(Instant now) {
    var watched = new HashSet<ListId>();
    for (var authority : authorities.get()) {
      for (var list : crls.crlStates(authority.id()).entrySet()) {
        watch(authority, list.getKey(), list.getValue(), now);
        watched.add(new ListId(authority.id(), list.getKey()));
      }
    }
    // an authority that has ended needs none
    stages.keySet().retainAll(watched);
    refusals.keySet().retainAll(watched);
    return watched.size() + " CRLs watched";
  }

  /// What an operator should look at, by list. The server works all the same.
  Map<String, String> warnings() {
    var warnings = new TreeMap<String, String>();
    stages.forEach((list, stage) -> {
      if (stage != Stage.FRESH) {
        warnings.put(title(list), "was not renewed, and ends at " + ends.get(list));
      }
    });
    refusals.forEach((list, refusal) ->
        warnings.put(title(list), "the next one was refused: it " + refusal.why()));
    return warnings;
  }

  @Override
  public void published(PublishedCrl crl, Duration took) {
    var list = new ListId(crl.issuer(), crl.scope());
    refusals.remove(list);
    meters.timer("nameplate.crl.publication", tags(list)).record(took);
    LOG.debug(
        "CRL {} of {} ({}): {} entries, {} bytes, in {}",
        crl.number(),
        crl.issuer(),
        crl.scope(),
        crl.entries(),
        crl.der().length(),
        took);
  }

  @Override
  public void refused(IssuerId issuer, CrlScope scope, long number, String why) {
    var list = new ListId(issuer, scope);
    meters.counter("nameplate.crl.refused", tags(list)).increment();
    var before = refusals.put(list, new Refusal(number, why));
    if (before == null || !before.why().equals(why)) {
      LOG.error("a CRL of {} ({}) is not published, because it {}", issuer, scope, why);
    }
  }

  private void watch(Authority authority, CrlScope scope, CrlState state, Instant now) {
    var list = new ListId(authority.id(), scope);
    // another node made a better one
    refusals.computeIfPresent(
        list, (_, refusal) -> refusal.number() <= state.latestNumber() ? null : refusal);
    if (state.thisUpdate().isEmpty() || state.nextUpdate().isEmpty()) {
      return;
    }
    var end = state.nextUpdate().get();
    if (ends.put(list, end) == null) {
      Gauge.builder("nameplate.crl.seconds.to.next.update", () -> left(list))
          .description("For how long the newest CRL is still good")
          .tags(tags(list))
          .register(meters);
    }
    var stage = Stage.of(state.thisUpdate().get(), end, now);
    var before = stages.put(list, stage);
    if (before == stage || (before == null && stage == Stage.FRESH)) {
      return;
    }
    var whose = authority.issuer().name();
    switch (stage) {
      case FRESH -> LOG.info("the CRL {} of {} is fresh again", scope, whose);
      case HALF -> LOG.warn("half of the life of the CRL {} of {} is over: {}", scope, whose, end);
      case QUARTER -> LOG.warn("the CRL {} of {} ends soon: {}", scope, whose, end);
      case TENTH -> LOG.error("the CRL {} of {} is about to end: {}", scope, whose, end);
      case OVER -> LOG.error("the CRL {} of {} ended at {}", scope, whose, end);
    }
  }

  private double left(ListId list) {
    return Duration.between(clock.instant(), ends.getOrDefault(list, Instant.EPOCH)).toSeconds();
  }

  private static String title(ListId list) {
    return "crl " + list.scope() + " of " + list.issuer().hex().substring(0, 8);
  }

  private static Tags tags(ListId list) {
    return Tags.of("issuer", list.issuer().hex(), "scope", list.scope().name());
  }
}
