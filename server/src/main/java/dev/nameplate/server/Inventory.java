package dev.nameplate.server;

import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.RequestStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// Counts what is there, for metrics: now and then, not at every scrape.
final class Inventory implements Job {

  private final CertificateStore certificates;
  private final RequestStore requests;
  private final CrlStore crls;
  private final LiveAuthorities authorities;
  private final InstantSource clock;
  private final MeterRegistry meters;
  private final Map<CertificateState, AtomicLong> states = new EnumMap<>(CertificateState.class);
  private final AtomicLong waiting = new AtomicLong();
  private final Map<String, Instant> published = new ConcurrentHashMap<>();

  Inventory(
      CertificateStore certificates,
      RequestStore requests,
      CrlStore crls,
      LiveAuthorities authorities,
      InstantSource clock,
      MeterRegistry meters) {
    this.certificates = certificates;
    this.requests = requests;
    this.crls = crls;
    this.authorities = authorities;
    this.clock = clock;
    this.meters = meters;
    Gauge.builder("nameplate.requests.pending", waiting, AtomicLong::doubleValue)
        .description("Requests that wait for an operator's approval")
        .register(meters);
    for (var state : CertificateState.values()) {
      var count = new AtomicLong();
      states.put(state, count);
      Gauge.builder("nameplate.certificates", count, AtomicLong::doubleValue)
          .description("Certificates, by state")
          .tag("state", state.name().toLowerCase(Locale.ROOT))
          .register(meters);
    }
  }

  @Override
  public String name() {
    return "inventory";
  }

  @Override
  public String run(Instant now) {
    waiting.set(requests.countPending());
    var counted = certificates.countByState();
    states.forEach((state, count) -> count.set(counted.getOrDefault(state, 0L)));
    for (var authority : authorities.all()) {
      var state = crls.crlState(authority.id(), authority.scope());
      state
          .thisUpdate()
          .ifPresent(at -> published(authority.id().hex(), authority.scope().name(), at));
    }
    return counted + " certificates";
  }

  private void published(String issuer, String scope, Instant at) {
    if (published.put(issuer, at) == null) {
      Gauge.builder("nameplate.crl.age", () -> age(issuer))
          .description("How old the newest CRL is")
          .baseUnit("seconds")
          .tag("issuer", issuer)
          .tag("scope", scope)
          .register(meters);
    }
  }

  private double age(String issuer) {
    var at = published.getOrDefault(issuer, Instant.EPOCH);
    return Duration.between(at, clock.instant()).toSeconds();
  }
}
