package dev.nameplate.server;

import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.signing.ClonedPair;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Sees whether tokens that stand in for each other both sign, and goes back to a primary that does
/// again.
final class StandbyWatch implements Job {

  static final Duration EVERY = Duration.ofSeconds(5);

  private final List<ClonedPair> pairs;

  StandbyWatch(List<ClonedPair> pairs, MeterRegistry meters) {
    this.pairs = List.copyOf(pairs);
    pairs.forEach(pair -> bind(pair, meters));
  }

  @Override
  public String name() {
    return "standby-watch";
  }

  @Override
  public String run(Instant now) {
    pairs.forEach(ClonedPair::probe);
    var warnings = warnings();
    return warnings.isEmpty() ? "every token signs" : warnings.toString();
  }

  boolean isNeeded() {
    return !pairs.isEmpty();
  }

  /// The tokens that should be looked at.
  Map<String, String> warnings() {
    var warnings = new TreeMap<String, String>();
    for (var pair : pairs) {
      pair.warnings().forEach((token, why) -> warnings.put("token " + token, why));
    }
    return warnings;
  }

  private static void bind(ClonedPair pair, MeterRegistry meters) {
    FunctionCounter.builder("nameplate.hsm.failovers", pair, ClonedPair::failovers)
        .description("How often a token's standby took over")
        .tag("token", pair.primary())
        .register(meters);
    FunctionCounter.builder("nameplate.hsm.failbacks", pair, ClonedPair::failbacks)
        .description("How often a token signed again after its standby had taken over")
        .tag("token", pair.primary())
        .register(meters);
    Gauge.builder("nameplate.hsm.on.standby", pair, of -> of.isOnStandby() ? 1 : 0)
        .description("1 while a token's standby signs instead of it")
        .tag("token", pair.primary())
        .register(meters);
  }
}
