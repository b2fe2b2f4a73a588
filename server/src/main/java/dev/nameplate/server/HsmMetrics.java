package dev.nameplate.server;

import dev.nameplate.hsm.HsmException;
import dev.nameplate.hsm.HsmListener;
import dev.nameplate.hsm.HsmStats;
import dev.nameplate.hsm.TokenKeyVault;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.function.ToDoubleFunction;

/// What happens at one token, as metrics named `nameplate.hsm…` with its label.
final class HsmMetrics implements HsmListener {

  private final String token;
  private final MeterRegistry meters;
  private final Timer waits;

  HsmMetrics(String token, MeterRegistry meters) {
    this.token = token;
    this.meters = meters;
    this.waits =
        Timer.builder("nameplate.hsm.wait")
            .description("How long callers waited for a session with the token")
            .tag("token", token)
            .publishPercentileHistogram()
            .register(meters);
    for (var why : Refusal.values()) {
      meters.counter("nameplate.hsm.refused", "token", token, "reason", RecordBinder.word(why));
    }
  }

  /// Binds what the vault says of itself.
  void watch(TokenKeyVault vault) {
    gauge("queue", "Callers that wait for a session", vault, HsmStats::waiting);
    gauge("sessions", "Open sessions", vault, HsmStats::sessions);
    gauge("busy", "Threads at work in the library", vault, HsmStats::busy);
    gauge("hung", "Threads whose call does not return", vault, HsmStats::hung);
    gauge(
        "pin.latched",
        "1 if no login is tried any more, because the PIN was refused",
        vault,
        stats -> stats.pinLatched() ? 1 : 0);
    FunctionCounter.builder("nameplate.hsm.initialisations", vault, of -> of.stats().generation())
        .description("How often the library was initialised, for all its tokens")
        .tag("token", token)
        .register(meters);
  }

  @Override
  public void waited(Duration time) {
    waits.record(time);
  }

  @Override
  public void refused(Refusal why) {
    meters
        .counter("nameplate.hsm.refused", "token", token, "reason", RecordBinder.word(why))
        .increment();
  }

  @Override
  public void failed(HsmException failure) {
    meters
        .counter(
            "nameplate.hsm.failures",
            "token",
            token,
            "function",
            failure.function().orElse("none"),
            "ckr",
            failure.ckr().orElse("none"))
        .increment();
  }

  private void gauge(
      String name, String description, TokenKeyVault vault, ToDoubleFunction<HsmStats> value) {
    Gauge.builder("nameplate.hsm." + name, vault, of -> value.applyAsDouble(of.stats()))
        .description(description)
        .tag("token", token)
        .register(meters);
  }
}
