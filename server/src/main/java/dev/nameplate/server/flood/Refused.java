package dev.nameplate.server.flood;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// Counts whom a limit stopped.
public final class Refused {

  /// What there was too much of.
  enum Limit {
    /// Connections of one source, open at once.
    CONNECTIONS,
    /// Connections that one source opened in a minute.
    NEW_CONNECTIONS,
    /// Refusals that one source earned in a minute.
    REFUSALS,
    /// Time that a request took to begin, or its head to arrive.
    REQUEST_HEAD
  }

  private final Map<Limit, Counter> counters = new EnumMap<>(Limit.class);

  public Refused(MeterRegistry meters) {
    for (var limit : Limit.values()) {
      counters.put(
          limit,
          Counter.builder("nameplate.est.limited")
              .description("Connections and requests to the EST listener that a limit stopped")
              .tag("limit", limit.name().toLowerCase(Locale.ROOT))
              .register(meters));
    }
  }

  void count(Limit limit) {
    Objects.requireNonNull(counters.get(limit)).increment();
  }
}
