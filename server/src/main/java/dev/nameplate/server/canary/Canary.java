package dev.nameplate.server.canary;

import dev.nameplate.ca.job.Job;
import dev.nameplate.server.canary.RelyingParty.Sight;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Revokes a certificate now and then, and measures how long relying parties take to see it, at the
/// public URLs and through whatever stands before them. Each run looks once and waits for nothing:
/// how often it is run is how exact it measures.
public final class Canary implements Job {

  /// Where canaries come from.
  public interface Source {

    /// Where its canaries can be looked for.
    Set<Channel> channels();

    /// A new one.
    CanaryCertificate issue();

    /// Once it returns, the revocation is committed.
    void revoke(CanaryCertificate canary);
  }

  /// One look of a relying party.
  @FunctionalInterface
  public interface Look {
    Sight at(CanaryCertificate canary, Channel channel);
  }

  private static final Duration[] BUCKETS = {
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofSeconds(1),
    Duration.ofSeconds(5),
    Duration.ofSeconds(15),
    Duration.ofSeconds(60)
  };

  /// A canary that was revoked.
  ///
  /// @param unseen where it is still to be seen
  private record Flight(CanaryCertificate canary, Instant revokedAt, Set<Channel> unseen) {}

  private final Source source;
  private final Look look;
  private final CanarySettings settings;
  private final InstantSource clock;
  private final MeterRegistry meters;
  private final Map<Channel, Instant> lastSeen = new ConcurrentHashMap<>();
  private final Map<Channel, String> late = new ConcurrentHashMap<>();
  private Optional<Flight> flight = Optional.empty();
  private Instant next = Instant.MIN;

  public Canary(
      Source source,
      Look look,
      CanarySettings settings,
      InstantSource clock,
      MeterRegistry meters) {
    this.source = source;
    this.look = look;
    this.settings = settings;
    this.clock = clock;
    this.meters = meters;
    for (var channel : source.channels()) {
      // there from the start, with nothing in it
      var _ = visible(channel);
      Gauge.builder("nameplate.canary.seen", () -> lastSeen(channel))
          .description("When a canary was last seen revoked, in seconds since 1970; 0 if never")
          .baseUnit("seconds")
          .tag("channel", channel.toString())
          .register(meters);
    }
  }

  @Override
  public String name() {
    return "canary";
  }

  /// A new canary when it is time, else another look at the one that is out.
  @Override
  public synchronized String run(Instant now) {
    if (!now.isBefore(next) || now.plus(settings.period()).isBefore(next)) {
      // also when what follows fails: a broken one is not tried every second
      next = now.plus(settings.period());
      flight = Optional.empty();
      flight = Optional.of(release());
    }
    flight.ifPresent(this::lookAt);
    return flight
        .map(out -> "still to be seen revoked in " + out.unseen())
        .orElse("no canary is out");
  }

  /// What relying parties do not see in time, and why, by channel. Empty if all is well.
  public Map<String, String> warnings() {
    var warnings = new LinkedHashMap<String, String>();
    for (var channel : Channel.values()) {
      Optional.ofNullable(late.get(channel))
          .ifPresent(why -> warnings.put("canary " + channel, why));
    }
    return warnings;
  }

  /// Asks once before, as a device would: what says good is then in every cache on the way.
  private Flight release() {
    var canary = source.issue();
    canary.urls().keySet().forEach(channel -> look.at(canary, channel));
    source.revoke(canary);
    return new Flight(canary, clock.instant(), EnumSet.copyOf(canary.urls().keySet()));
  }

  private void lookAt(Flight out) {
    for (var channel : Set.copyOf(out.unseen())) {
      var sight = look.at(out.canary(), channel);
      var after = Duration.between(out.revokedAt(), clock.instant());
      boolean inTime = after.compareTo(settings.limit()) <= 0;
      if (sight instanceof Sight.Revoked) {
        out.unseen().remove(channel);
        visible(channel).record(after);
        lastSeen.put(channel, clock.instant());
        if (inTime) {
          late.remove(channel);
        } else {
          late.put(channel, "the last revocation was seen only after " + seconds(after));
        }
      } else if (!inTime) {
        if (late.put(channel, "unseen " + seconds(after) + " after a revocation: " + why(sight))
            == null) {
          meters.counter("nameplate.canary.late", "channel", channel.toString()).increment();
        }
      }
    }
  }

  private Timer visible(Channel channel) {
    return Timer.builder("nameplate.revocation.visible")
        .description("From the commit of a revocation until relying parties see it")
        .tag("channel", channel.toString())
        .serviceLevelObjectives(BUCKETS)
        .register(meters);
  }

  private double lastSeen(Channel channel) {
    return Optional.ofNullable(lastSeen.get(channel)).map(Instant::getEpochSecond).orElse(0L);
  }

  private static String seconds(Duration time) {
    return time.toSeconds() + " s";
  }

  private static String why(Sight sight) {
    return switch (sight) {
      case Sight.Revoked _ -> "revoked";
      case Sight.Good(var says) -> says;
      case Sight.Nowhere(var why) -> why;
      case Sight.Nothing(var why) -> why;
    };
  }
}
