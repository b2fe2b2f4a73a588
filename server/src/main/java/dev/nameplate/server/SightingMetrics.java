package dev.nameplate.server;

import dev.nameplate.ca.sighting.SightingListener;
import dev.nameplate.ca.sighting.Verdict;
import dev.nameplate.ca.store.SightingRecord.Alarm;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Counts what brokers see, and what they are told.
final class SightingMetrics implements SightingListener {

  private final Counter good;
  private final Counter dropped;
  private final Map<Alarm, Counter> alarms = new EnumMap<>(Alarm.class);
  private final Map<Verdict.Reason, Counter> decisions = new EnumMap<>(Verdict.Reason.class);

  SightingMetrics(MeterRegistry meters) {
    good = sightings(meters, "good");
    dropped = sightings(meters, "dropped");
    alarms.put(Alarm.UNKNOWN, sightings(meters, "unknown"));
    alarms.put(Alarm.TAKEN_BACK, sightings(meters, "retired"));
    for (var reason : Verdict.Reason.values()) {
      decisions.put(
          reason,
          Counter.builder("nameplate.decisions")
              .description("Connections that brokers asked about, by the answer")
              .tag("decision", reason == Verdict.Reason.GOOD ? "allow" : "deny")
              .tag("reason", reason.name().toLowerCase(Locale.ROOT))
              .register(meters));
    }
  }

  private static Counter sightings(MeterRegistry meters, String standing) {
    return Counter.builder("nameplate.sightings")
        .description("Certificates that brokers saw in use, by how they stood")
        .tag("standing", standing)
        .register(meters);
  }

  @Override
  public void sighted(Optional<Alarm> alarm) {
    alarm.map(alarms::get).orElse(good).increment();
  }

  @Override
  public void dropped(int sightings) {
    dropped.increment(sightings);
  }

  @Override
  public void decided(Verdict verdict) {
    Optional.ofNullable(decisions.get(verdict.reason())).ifPresent(Counter::increment);
  }
}
