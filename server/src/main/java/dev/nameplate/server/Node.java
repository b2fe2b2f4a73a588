package dev.nameplate.server;

import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.LeaseStore;
import dev.nameplate.server.Settings.Role;
import dev.nameplate.store.Database;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a node of any kind has: its settings, time and chance, its metrics, and what has to be
/// closed in the end.
final class Node {

  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  private final Settings settings;
  private final ProfileFiles profiles;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /// Last opened first.
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  private final AtomicReference<StandbyWatch> standbys =
      new AtomicReference<>(new StandbyWatch(List.of(), meters));
  private final AtomicReference<Optional<Health>> health = new AtomicReference<>(Optional.empty());

  Node(Settings settings, ProfileFiles profiles, InstantSource clock, RandomGenerator random) {
    this.settings = settings;
    this.profiles = profiles;
    this.clock = clock;
    this.random = random;
  }

  Settings settings() {
    return settings;
  }

  ProfileFiles profiles() {
    return profiles;
  }

  InstantSource clock() {
    return clock;
  }

  RandomGenerator random() {
    return random;
  }

  PrometheusMeterRegistry meters() {
    return meters;
  }

  String name() {
    return settings.node();
  }

  boolean does(Role role) {
    return settings.roles().contains(role);
  }

  /// Something that is closed before all that was opened before it.
  <T extends AutoCloseable> T opened(T part) {
    opened.push(part);
    return part;
  }

  /// The tokens, logged in.
  ///
  /// @throws SigningException if it is not there, or refuses
  KeyVault openToken() {
    var tokens = Vaults.open(settings, clock, random, meters);
    standbys.set(new StandbyWatch(tokens.pairs(), meters));
    return opened(tokens.vault());
  }

  /// What a person should look at in the tokens that are open.
  Map<String, String> tokenWarnings() {
    return standbys.get().warnings();
  }

  /// On a thread of its own: a token that hangs keeps no job waiting but this one.
  void watchTokens() {
    if (standbys.get().isNeeded()) {
      start(
          List.of(new JobRunner.Schedule(standbys.get(), StandbyWatch.EVERY, false)),
          (_, _, _, _) -> OptionalLong.empty());
    }
  }

  /// What this node says of itself.
  Health is(Health made) {
    health.set(Optional.of(made));
    return made;
  }

  void outOfService(String why) {
    health.get().ifPresent(known -> known.outOfService(why));
  }

  /// What fails is tried again when its time comes, and health says so meanwhile: one authority
  /// that is over must not keep the others from answering.
  void runOnce(Job job) {
    try {
      LOG.info("{}", job.run(clock.instant()));
    } catch (RuntimeException failed) {
      LOG.error("{} failed, and will be tried again", job.name(), failed);
    }
  }

  /// Runs these on a thread of their own.
  void start(List<JobRunner.Schedule> jobs, LeaseStore leases) {
    opened(new JobRunner(jobs, leases, name(), clock, meters)).start();
  }

  void bindReaders(Supplier<Database.Readers> readers) {
    Gauge.builder("nameplate.store.readers", readers, of -> of.get().busy())
        .description("Database connections that are reading now")
        .tag("state", "busy")
        .strongReference(true)
        .register(meters);
    Gauge.builder("nameplate.store.readers", readers, of -> of.get().waiting())
        .description("Threads that wait for a database connection to read")
        .tag("state", "waiting")
        .strongReference(true)
        .register(meters);
  }

  void bindProcess(Listeners net) {
    new JvmMemoryMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    new ClassLoaderMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    new UptimeMetrics().bindTo(meters);
    var collector = new JvmGcMetrics();
    collector.bindTo(meters);
    opened(collector);
    net.bindTo(meters);
  }

  /// Closes everything.
  void close() {
    while (!opened.isEmpty()) {
      var part = opened.pop();
      try {
        part.close();
      } catch (Exception failed) {
        LOG.error("could not close {}", part.getClass().getSimpleName(), failed);
      }
    }
  }
}
