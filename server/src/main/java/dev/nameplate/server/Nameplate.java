package dev.nameplate.server;

import dev.nameplate.ca.enrollment.StopListener;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.server.Settings.Role;
import dev.nameplate.store.ReadOnlyDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// A running server. What talks to what on an issuing node is decided in [IssuingWiring], and on a
/// status node in [StatusNodeWiring].
public final class Nameplate implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Nameplate.class);

  /// How soon a status that another node changed is seen, also where the database says nothing.
  static final Duration LOOK_FOR_CHANGES = Duration.ofMillis(250);

  /// What answers once a node is open.
  ///
  /// @param coap where EST is served over CoAPs, if it is
  record Answering(Listeners listeners, Optional<InetSocketAddress> coap, Health health) {}

  private final Node node;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final AtomicReference<Optional<String>> stopReason =
      new AtomicReference<>(Optional.empty());

  private Optional<Answering> answering = Optional.empty();

  private Nameplate(Node node) {
    this.node = node;
  }

  /// Starts the server of a folder that `nameplate init` made; returns once it answers.
  ///
  /// @throws StartException if it cannot, with the reason
  public static Nameplate start(Path dir) throws StartException {
    return start(dir, Set.of());
  }

  /// The same for a node that does this, whatever its settings say.
  ///
  /// @param roles empty for those in the settings
  public static Nameplate start(Path dir, Set<Role> roles) throws StartException {
    return start(dir, roles, InstantSource.system());
  }

  static Nameplate start(Path dir, InstantSource clock) throws StartException {
    return start(dir, Set.of(), clock);
  }

  private static Nameplate start(Path dir, Set<Role> roles, InstantSource clock)
      throws StartException {
    logThroughSlf4j();
    if (!Files.exists(dir.resolve(SettingsFile.NAME))) {
      throw new StartException(
          dir + " has no " + SettingsFile.NAME + "; make one with: nameplate init --dir " + dir);
    }
    var problems = SettingsFile.check(dir);
    if (!problems.isEmpty()) {
      throw new StartException(
          problems.stream().map(SettingsProblem::toString).collect(Collectors.joining("\n")));
    }
    Nameplate nameplate;
    try {
      var settings = as(roles, SettingsFile.read(dir));
      if (settings.log().format() == Settings.Log.Format.JSON) {
        JsonLog.use();
      }
      var profiles =
          settings.isStatusNode() ? ProfileFiles.none() : ProfileFiles.load(settings.profiles());
      nameplate = new Nameplate(new Node(settings, profiles, clock, random()));
    } catch (InvalidSettingsException changedInBetween) {
      throw new StartException(String.valueOf(changedInBetween.getMessage()), changedInBetween);
    }
    try {
      nameplate.open(dir);
      return nameplate;
    } catch (StartException refused) {
      nameplate.close();
      throw refused;
    } catch (IOException | RuntimeException failed) {
      nameplate.close();
      throw new StartException(String.valueOf(failed.getMessage()), failed);
    }
  }

  /// Makes the SoftHSM token that the settings name, for `nameplate init`.
  ///
  /// @throws SigningException if there is one, or SoftHSM refuses
  public static void createToken(Settings settings) {
    Vaults.create(settings, random());
  }

  /// What issues certificates in a folder, for `nameplate init`: nothing of it listens.
  ///
  /// @throws SigningException if the token cannot be opened
  /// @throws StoreException if the database cannot be opened
  public static Core core(Settings settings) {
    var meters = new SimpleMeterRegistry();
    var vault = Vaults.open(settings, InstantSource.system(), random(), meters).vault();
    try {
      return Core.open(
          settings,
          vault,
          InstantSource.system(),
          random(),
          meters,
          StopListener.NONE,
          fatal -> LOG.error("the database stopped", fatal));
    } catch (RuntimeException failed) {
      vault.close();
      throw failed;
    }
  }

  /// The SQL that lets a user of PostgreSQL read what a status node reads, and nothing else.
  ///
  /// @throws IllegalArgumentException unless both are plain names
  public static String databaseGrants(String user, String schema) {
    return ReadOnlyDatabase.grants(user, schema);
  }

  /// The source of everything that must not be guessed.
  public static RandomGenerator random() {
    return new SecureRandom();
  }

  /// What this node does.
  public Set<Role> roles() {
    return node.settings().roles();
  }

  /// For a node with the role est; so below.
  public URI estUrl() {
    return running().listeners().url(Role.EST);
  }

  public URI statusUrl() {
    return running().listeners().url(Role.STATUS);
  }

  public URI adminUrl() {
    return running().listeners().url(Role.ADMIN);
  }

  public URI metricsUrl() {
    return running().listeners().metricsUrl();
  }

  /// Where this node answers, by what it answers there.
  public Map<String, URI> urls() {
    var urls = new LinkedHashMap<String, URI>();
    if (node.does(Role.EST)) {
      urls.put("EST", estUrl());
    }
    coapUrl().ifPresent(url -> urls.put("EST over CoAPs", url));
    if (node.does(Role.STATUS)) {
      urls.put("OCSP, CRL", statusUrl());
    }
    if (node.does(Role.ADMIN)) {
      urls.put("admin API", adminUrl());
    }
    urls.put("metrics", metricsUrl());
    return urls;
  }

  /// Where EST is served over CoAPs, if it is.
  public Optional<URI> coapUrl() {
    return running()
        .coap()
        .map(address -> {
          var host = address.getHostString();
          return URI.create(
              "coaps://"
                  + (host.contains(":") ? "[" + host + "]" : host)
                  + ":"
                  + address.getPort());
        });
  }

  /// Waits until the server is closed, or stopped by itself because it could not go on. Returns
  /// what stopped it: empty after a [#close].
  public Optional<String> awaitStop() throws InterruptedException {
    stopped.await();
    return stopReason.get();
  }

  /// Takes no more requests, finishes those that are being answered (10 seconds at most), and
  /// closes everything. May be called more than once, from any thread; whoever comes second waits
  /// for the first.
  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      waitForTheFirst();
      return;
    }
    node.outOfService("stopping");
    node.close();
    stopped.countDown();
  }

  private void waitForTheFirst() {
    try {
      stopped.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static Settings as(Set<Role> roles, Settings settings) throws StartException {
    try {
      return roles.isEmpty() ? settings : settings.withRoles(roles);
    } catch (IllegalArgumentException impossible) {
      throw new StartException(String.valueOf(impossible.getMessage()), impossible);
    }
  }

  /// Jersey logs through java.util.logging; what it says belongs with everything else.
  private static void logThroughSlf4j() {
    if (!SLF4JBridgeHandler.isInstalled()) {
      SLF4JBridgeHandler.removeHandlersForRootLogger();
      SLF4JBridgeHandler.install();
    }
  }

  private void open(Path dir) throws StartException, IOException {
    var lock =
        FolderLock.tryAcquire(dir)
            .orElseThrow(() ->
                new StartException(
                    dir + " is in use by process " + FolderLock.holder(dir) + "; stop it first"));
    node.opened(lock);
    var open =
        node.settings().isStatusNode()
            ? new StatusNodeWiring(node).open()
            : new IssuingWiring(node, dir, this::fatal).open();
    answering = Optional.of(open);
    open.health().inService();
    LOG.info("node {} answers: {}", node.name(), urls());
  }

  /// The store cannot go on; nothing that it did not promise has left.
  void fatal(StoreException failed) {
    var why = "the store cannot go on: " + failed.getMessage();
    if (stopReason.compareAndSet(Optional.empty(), Optional.of(why))) {
      LOG.error("stopping, because {}", why, failed);
      node.outOfService(why);
      Thread.ofPlatform().name("stop").start(this::close);
    }
  }

  private Answering running() {
    return answering.orElseThrow(() -> new IllegalStateException("the server does not listen"));
  }
}
