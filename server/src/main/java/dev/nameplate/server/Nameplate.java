package dev.nameplate.server;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.enrollment.Authentication;
import dev.nameplate.ca.enrollment.Authorities;
import dev.nameplate.ca.enrollment.CertificateTemplate;
import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.enrollment.EnrollmentSecrets;
import dev.nameplate.ca.enrollment.SecretHash;
import dev.nameplate.ca.enrollment.StopListener;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.job.CrlJob;
import dev.nameplate.ca.job.DueCertificates;
import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.job.OrphanedReservations;
import dev.nameplate.ca.job.RequestExpiry;
import dev.nameplate.ca.policy.IssuancePolicy;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.EnrollmentRules.SecretScheme;
import dev.nameplate.ca.retirement.Decommission;
import dev.nameplate.ca.revocation.CrlImport;
import dev.nameplate.ca.revocation.CrlPublication;
import dev.nameplate.ca.revocation.Revocation;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.LeaseStore;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.trust.ManufacturerAuthentication;
import dev.nameplate.ca.trust.RequestedRevocation;
import dev.nameplate.ca.trust.StationAuthentication;
import dev.nameplate.ca.trust.TrustAnchors;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.MalformedCsrException;
import dev.nameplate.est.AnyClientCertificate;
import dev.nameplate.est.BodyDeadline;
import dev.nameplate.est.DigestNonces;
import dev.nameplate.est.EstApplication;
import dev.nameplate.est.EstExtensions;
import dev.nameplate.est.EstSettings;
import dev.nameplate.est.KeyEncryptionKeys;
import dev.nameplate.est.KeyGeneration;
import dev.nameplate.est.KeySigner;
import dev.nameplate.est.RenewalInfo;
import dev.nameplate.est.SecretThrottle;
import dev.nameplate.est.UnauthenticatedRefusals;
import dev.nameplate.est.coap.CoapIdentity;
import dev.nameplate.est.coap.CoapSettings;
import dev.nameplate.est.coap.EstCoapServer;
import dev.nameplate.hsm.HsmSettings;
import dev.nameplate.hsm.KeyRules;
import dev.nameplate.hsm.PinSource;
import dev.nameplate.hsm.SoftHsm;
import dev.nameplate.hsm.TokenKeyVault;
import dev.nameplate.ocsp.CrlHandler;
import dev.nameplate.ocsp.NeverIssuedAlarm;
import dev.nameplate.ocsp.OcspHandler;
import dev.nameplate.ocsp.OcspResponder;
import dev.nameplate.ocsp.PreSigner;
import dev.nameplate.ocsp.StatusHttp;
import dev.nameplate.server.Settings.Role;
import dev.nameplate.server.admin.AdminApi;
import dev.nameplate.server.admin.AdminApplication;
import dev.nameplate.server.admin.AuthorityCeremonies;
import dev.nameplate.server.admin.CrlDesk;
import dev.nameplate.server.admin.OcspCertification;
import dev.nameplate.server.canary.Canary;
import dev.nameplate.server.canary.CanaryCertificate;
import dev.nameplate.server.canary.Channel;
import dev.nameplate.server.canary.RelyingParty;
import dev.nameplate.server.flood.Refused;
import dev.nameplate.server.flood.RequestHeads;
import dev.nameplate.server.flood.SourceConnections;
import dev.nameplate.server.flood.SourceRefusals;
import dev.nameplate.server.flood.SourceSignatures;
import dev.nameplate.server.tls.JdkTls;
import dev.nameplate.server.tls.TlsStack;
import dev.nameplate.store.Database;
import dev.nameplate.store.DatabaseSettings;
import dev.nameplate.store.ReadOnlyDatabase;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.Handler;
import org.glassfish.jersey.server.ResourceConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// A running server. What talks to what is decided here, with one method per subsystem.
public final class Nameplate implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Nameplate.class);

  /// How soon a status that another node changed is seen, also where the database says nothing.
  private static final Duration LOOK_FOR_CHANGES = Duration.ofMillis(250);

  private static final Duration PROBE_PATIENCE = Duration.ofSeconds(5);

  /// On a status node, whose clients can ask again.
  private static final Duration WAIT_FOR_A_READER = Duration.ofSeconds(2);

  private final Settings settings;
  private final ProfileFiles profiles;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Instant startedAt;
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final UnauthenticatedRefusals strangers = new UnauthenticatedRefusals();

  /// What has to be closed, last opened first.
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  private final AtomicBoolean closing = new AtomicBoolean();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final AtomicReference<Optional<String>> stopReason =
      new AtomicReference<>(Optional.empty());
  private final AtomicReference<Optional<Health>> health = new AtomicReference<>(Optional.empty());

  private Optional<Listeners> listeners = Optional.empty();
  private final AtomicReference<Optional<EstCoapServer>> coap =
      new AtomicReference<>(Optional.empty());

  private Nameplate(
      Settings settings, ProfileFiles profiles, InstantSource clock, RandomGenerator random) {
    this.settings = settings;
    this.profiles = profiles;
    this.clock = clock;
    this.random = random;
    this.startedAt = clock.instant();
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
      var profiles =
          settings.isStatusNode() ? ProfileFiles.none() : ProfileFiles.load(settings.profiles());
      nameplate = new Nameplate(settings, profiles, clock, random());
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
    var folder =
        settings
            .token()
            .softhsm()
            .orElseThrow(() -> new IllegalArgumentException("not a SoftHSM token"));
    new SoftHsm(folder).createToken(settings.token().label(), random());
  }

  /// What issues certificates in a folder, for `nameplate init`: nothing of it listens.
  ///
  /// @throws SigningException if the token cannot be opened
  /// @throws StoreException if the database cannot be opened
  public static Core core(Settings settings) {
    var vault = token(settings, InstantSource.system(), random());
    try {
      return core(
          settings,
          vault,
          InstantSource.system(),
          random(),
          new SimpleMeterRegistry(),
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
    return settings.roles();
  }

  /// For a node with the role est; so below.
  public URI estUrl() {
    return running().url(Role.EST);
  }

  public URI statusUrl() {
    return running().url(Role.STATUS);
  }

  public URI adminUrl() {
    return running().url(Role.ADMIN);
  }

  public URI metricsUrl() {
    return running().metricsUrl();
  }

  /// Where this node answers, by what it answers there.
  public Map<String, URI> urls() {
    var urls = new LinkedHashMap<String, URI>();
    if (does(Role.EST)) {
      urls.put("EST", estUrl());
    }
    coapUrl().ifPresent(url -> urls.put("EST over CoAPs", url));
    if (does(Role.STATUS)) {
      urls.put("OCSP, CRL", statusUrl());
    }
    if (does(Role.ADMIN)) {
      urls.put("admin API", adminUrl());
    }
    urls.put("metrics", metricsUrl());
    return urls;
  }

  /// Where EST is served over CoAPs, if it is.
  public Optional<URI> coapUrl() {
    return coap.get()
        .map(server -> {
          var address = server.address();
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
    health.get().ifPresent(known -> known.outOfService("stopping"));
    while (!opened.isEmpty()) {
      var part = opened.pop();
      try {
        part.close();
      } catch (Exception failed) {
        LOG.error("could not close {}", part.getClass().getSimpleName(), failed);
      }
    }
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
    opened.push(lock);
    var monitoring = settings.isStatusNode() ? openStatusNode() : openIssuingNode();
    monitoring.inService();
    LOG.info("node {} answers: {}", settings.node(), urls());
  }

  /// A node with the keys of the authorities, which writes the database.
  private Health openIssuingNode() throws StartException, IOException {
    var shown = shown();
    var net = Listeners.open(settings, secure(shown));
    opened.push(net::stop);
    var vault = token(settings, clock, random);
    opened.push(vault);
    var core = core(settings, vault, clock, random, meters, stops(), this::fatal);
    opened.push(core);
    opened.push(core.database().watchOtherNodes(LOOK_FOR_CHANGES));
    core.authorities().refresh();
    requireIssuers(core.authorities());
    profiles.sources().forEach(source -> record(core, source));

    var side = new StatusSide(core.database(), core.authorities(), core.vault());
    var signers = ocspSigners(side);
    var watch = crlWatch(side);
    var publication = crlPublication(core, watch);
    var publishing = new CrlJob(publication, core.authorities()::all);
    var canary = canary(core);
    var monitoring =
        health(
            side,
            Optional.of(signers).filter(_ -> does(Role.STATUS)),
            () -> warnings(watch, canary));
    var desk = ocspSignerDesk(core);
    var renewals = renewals(core, side, signers, desk, shown, net);
    // before anybody asks: after a long pause they may all have run out
    renewals.forEach(this::runOnce);
    signers.refresh();
    if (does(Role.JOBS)) {
      runOnce(publishing);
    }

    var counts = new RefusalCounts(strangers, core.database().audit());
    bindMetrics(core, net);
    var responder = responder(side, signers, counts);
    Optional<EstApplication> est = does(Role.EST) ? Optional.of(est(core)) : Optional.empty();
    var handlers = new EnumMap<Role, Handler>(Role.class);
    est.ifPresent(application ->
        handlers.put(
            Role.EST,
            new RequestId(
                random, new RequestLog("est", meters, sheltered(http(core, application), net)))));
    if (does(Role.STATUS)) {
      handlers.put(Role.STATUS, status(side, responder));
    }
    if (does(Role.ADMIN)) {
      handlers.put(
          Role.ADMIN,
          new RequestId(
              random,
              new RequestLog(
                  "admin",
                  meters,
                  admin(core, ceremony(core, renewals, publishing), desk, publication))));
    }
    net.start(handlers, new MonitoringHandler(meters, monitoring));
    core.database().audit().append(new AuditEvent.ServerStarted(settings.node(), Version.text()));
    opened.push(
        () -> core.database().audit().append(new AuditEvent.ServerStopped(settings.node())));
    var jobs = jobs(core, side, signers, responder, renewals, counts, watch);
    opened.push(jobs);
    jobs.start();
    if (does(Role.JOBS)) {
      aside(publishing(core, publication), core);
    }
    canary.ifPresent(
        each -> aside(new JobRunner.Schedule(each, Duration.ofSeconds(1), true), core));
    // closing begins with what was pushed last: no new requests, then the jobs, then the rest
    opened.push(net::stop);
    if (est.isPresent() && settings.listeners().coap().isPresent()) {
      openCoap(settings.listeners().coap().get(), shown.orElseThrow().get(), est.get());
    }
    listeners = Optional.of(net);
    return monitoring;
  }

  /// A node that reads: it has its OCSP signing keys, and asks an issuing node for the rest. What
  /// cannot be done now, because the issuing node is away, is tried again by the jobs.
  private Health openStatusNode() throws StartException, IOException {
    var net = Listeners.open(settings, Optional.empty());
    opened.push(net::stop);
    var vault = token(settings, clock, random);
    opened.push(vault);
    var database = readOnlyDatabase();
    opened.push(database);
    opened.push(database.watchOtherNodes(LOOK_FOR_CHANGES));
    var authorities = LiveAuthorities.withoutKeys(database.issuers(), clock);
    authorities.refresh();

    var side = new StatusSide(database, authorities, vault);
    var signers = ocspSigners(side);
    var watch = crlWatch(side);
    var monitoring = health(side, Optional.of(signers), watch::warnings);
    var identity = new AtomicReference<>(TlsIdentity.load(settings.tls()));
    var issuing =
        new IssuingNode(settings.issuingNode().orElseThrow(), settings.node(), identity::get);
    var renewals =
        List.of(
            new NodeRenewal(identity, issuing::renew, settings.tls()),
            ocspSignerRenewal(side, signers, issuing));
    // those that it has; an issuing node that does not answer delays no start
    signers.refresh();

    var alarms = new NodeAlarms(issuing::raise);
    bindReaders(database::readers);
    bindProcess(net);
    var responder = responder(side, signers, alarms);
    net.start(
        Map.of(Role.STATUS, status(side, responder)), new MonitoringHandler(meters, monitoring));
    var jobs = statusJobs(side, signers, responder, watch);
    opened.push(jobs);
    jobs.start();
    var far = farJobs(renewals, alarms);
    opened.push(far);
    far.start();
    opened.push(net::stop);
    listeners = Optional.of(net);
    return monitoring;
  }

  private boolean does(Role role) {
    return settings.roles().contains(role);
  }

  /// What fails is tried again when its time comes, and health says so meanwhile: one authority
  /// that is over must not keep the others from answering.
  private void runOnce(Job job) {
    try {
      LOG.info("{}", job.run(clock.instant()));
    } catch (RuntimeException failed) {
      LOG.error("{} failed, and will be tried again", job.name(), failed);
    }
  }

  // ---- the subsystems

  /// What the TLS listeners show, for a node that has some; others need no secret of theirs.
  private Optional<AtomicReference<TlsIdentity>> shown() throws IOException {
    return does(Role.EST) || does(Role.ADMIN)
        ? Optional.of(new AtomicReference<>(TlsIdentity.load(settings.tls())))
        : Optional.empty();
  }

  private Optional<Listeners.Secure> secure(Optional<AtomicReference<TlsIdentity>> shown)
      throws StartException {
    if (shown.isEmpty()) {
      return Optional.empty();
    }
    var est = does(Role.EST) ? tlsStack() : new JdkTls();
    return Optional.of(new Listeners.Secure(est, shown.get().get(), new AnyClientCertificate()));
  }

  private TlsStack tlsStack() throws StartException {
    var deviceKeys = new HashSet<KeyType>();
    profiles.est().forEach(profile -> deviceKeys.addAll(profile.keys().allowed()));
    try {
      var choice = TlsStack.choose(settings.tls().provider(), deviceKeys);
      LOG.info("TLS of the EST listener: {}, because {}", choice.stack().name(), choice.why());
      return choice.stack();
    } catch (IllegalStateException missing) {
      throw new StartException(String.valueOf(missing.getMessage()), missing);
    }
  }

  private static Core core(
      Settings settings,
      KeyVault vault,
      InstantSource clock,
      RandomGenerator random,
      MeterRegistry meters,
      StopListener stops,
      Consumer<StoreException> onFatal) {
    var database = database(settings, clock, random, onFatal);
    var urls = new StatusUrls(settings.publicUrl());
    var authorities =
        new LiveAuthorities(
            database.issuers(), keys(vault, meters), settings.crl().shards(), clock);
    Function<Authorities, Enrollment> enrollments =
        signers ->
            new Enrollment(
                database.certificates(),
                database.audit(),
                new IssuancePolicy(),
                new CertificateTemplate(urls),
                signers,
                clock,
                random,
                stops,
                settings.est().approvals());
    var enrollment = enrollments.apply(authorities);
    var own = new OwnCertificates(database.owners(), enrollments, authorities, clock);
    return new Core(database, vault, urls, authorities, enrollment, own, clock, random);
  }

  private static LiveAuthorities.Keys keys(KeyVault vault, MeterRegistry meters) {
    return (location, role) -> new TimedSigningKey(vault.find(location), role, meters);
  }

  private static Database database(
      Settings settings,
      InstantSource clock,
      RandomGenerator random,
      Consumer<StoreException> onFatal) {
    return Database.open(
        databaseSettings(settings.database()), clock, random, settings.node(), onFatal);
  }

  private ReadOnlyDatabase readOnlyDatabase() {
    var usual = databaseSettings(settings.database());
    return ReadOnlyDatabase.open(
        new DatabaseSettings(
            usual.url(), usual.user(), usual.password(), usual.readers(), WAIT_FOR_A_READER),
        clock);
  }

  private static DatabaseSettings databaseSettings(Settings.Database database) {
    if (database.file().isPresent()) {
      return new DatabaseSettings("jdbc:h2:file:" + database.file().get(), "nameplate", () -> "");
    }
    var password = database.passwordFile().orElseThrow();
    return new DatabaseSettings(
        database.url().orElseThrow(),
        database.user().orElseThrow(),
        () -> {
          try {
            return PrivateFile.read(password).strip();
          } catch (IOException unreadable) {
            throw new StoreException(
                "the database password: " + unreadable.getMessage(), unreadable);
          }
        });
  }

  /// The token of a server, logged in.
  ///
  /// @throws SigningException if it is not there, or refuses
  private static KeyVault token(Settings settings, InstantSource clock, RandomGenerator random) {
    return TokenKeyVault.open(tokenSettings(settings.token()), random, clock);
  }

  private static HsmSettings tokenSettings(Settings.Token token) {
    var at =
        token.softhsm().isPresent()
            ? new SoftHsm(token.softhsm().get()).token(token.label())
            : HsmSettings.softHsm(
                token.label(), new PinSource.File(token.pinFile().orElseThrow()), Map.of());
    return new HsmSettings(
        token.module().orElse(at.module()),
        at.token(),
        at.pin(),
        token.sessions(),
        at.queueLimit(),
        at.deadline(),
        at.environment(),
        new KeyRules(token.rsaSignatures()));
  }

  private EstApplication est(Core core) {
    var labels =
        profiles.est().stream().collect(Collectors.toMap(profile -> profile.name(), p -> p));
    var estSettings =
        new EstSettings(
            labels, settings.est().defaultLabel(), Set.of(), settings.est().retryAfter());
    var stations =
        new StationAuthentication(
            core.database().stations(), core.database().owners(), core.database().audit(), clock);
    return new EstApplication(
        estSettings,
        authentication(core),
        new ManufacturerAuthentication(
            core.database().anchors(),
            core.database().issuers(),
            core.database().owners(),
            core.database().audit(),
            clock),
        stations,
        core.enrollment(),
        new RequestedRevocation(
            core.database().certificates(),
            new Revocation(core.database().certificates(), clock),
            stations,
            core.database().audit(),
            clock),
        core.authorities()::bundle,
        new KeyGeneration(core.database().certificates(), sharedKeys(), this::keySigner, clock),
        SecretThrottle.standard(clock),
        DigestNonces.standard(clock, random, secretHash()::stamp),
        strangers,
        meters);
  }

  private void openCoap(Settings.Listener at, TlsIdentity identity, EstApplication est)
      throws StartException {
    try {
      var address = new InetSocketAddress(at.bind(), at.port());
      var opened =
          EstCoapServer.open(
              CoapSettings.at(address), coapIdentity(identity), est.operations(), random, meters);
      coap.set(Optional.of(opened));
      this.opened.push(opened);
      LOG.info("EST over CoAPs: {}", coapUrl().orElseThrow());
    } catch (IOException busy) {
      throw new StartException("the coap listener cannot have " + busy.getMessage(), busy);
    }
  }

  private static CoapIdentity coapIdentity(TlsIdentity identity) {
    return new CoapIdentity(identity.key(), identity.chain());
  }

  private Handler http(Core core, EstApplication est) {
    var config =
        new ResourceConfig()
            .registerInstances(est.components())
            .registerInstances(estExtensions(core, est.operations().settings()).components())
            .registerInstances(
                new BodyDeadline(clock, settings.est().limits().requestTime(), meters));
    config.addProperties(est.properties());
    return Listeners.application(config, "");
  }

  /// Keeps whoever floods the EST listener from keeping others out.
  private Handler sheltered(Handler est, Listeners net) {
    var limits = settings.est().limits().flood();
    var refused = new Refused(meters);
    // a connection that is idle between two requests is the idle timeout's
    var patience = settings.tls().idleTimeout().plus(limits.requestTime());
    var heads =
        new RequestHeads(
            net.scheduler(), patience, refused, new SourceRefusals(limits, clock, refused, est));
    net.watchEst(heads);
    net.watchEst(new SourceConnections(limits, clock, refused));
    return heads;
  }

  private EstExtensions estExtensions(Core core, EstSettings estSettings) {
    var renewals =
        new RenewalInfo(
            core.database().certificates(), core.authorities()::withKeyIdentifier, profiles::find);
    return new EstExtensions(
        estSettings,
        new CrlCopies(core.authorities(), core.database().crls(), clock),
        Optional.of(renewals).filter(_ -> settings.est().renewalInfo()));
  }

  /// Keys that we make are signed by what a device knows this server by: its TLS certificate, as it
  /// is now.
  private KeySigner keySigner() {
    try {
      var identity = TlsIdentity.load(settings.tls());
      return new KeySigner(identity.key(), identity.chain());
    } catch (IOException | IllegalArgumentException unusable) {
      throw new SigningException("the TLS key cannot sign a generated key", unusable);
    }
  }

  private OcspResponder responder(
      StatusSide side, LiveOcspSigners signers, NeverIssuedAlarm alarm) {
    var responder =
        new OcspResponder(
            side.statuses(), signers, alarm, settings.ocsp().listener(), clock, meters);
    side.changes().listen(responder);
    return responder;
  }

  private Handler status(StatusSide side, OcspResponder responder) {
    var ocsp = settings.ocsp().listener();
    var sources = new SourceSignatures(settings.ocsp().signaturesPerMinute(), clock);
    var aside = RequestId.named(random, StatusHttp.ASIDE);
    return StatusHttp.handler(
        new OcspHandler(responder, sources, aside, ocsp, clock),
        new CrlHandler(
            side.crls(), side.issuers(), ocsp, settings.crl().schedule().period(), clock),
        aside);
  }

  private Handler admin(
      Core core, AuthorityCeremonies ceremonies, OcspSignerDesk desk, CrlPublication publication) {
    var database = core.database();
    var parts =
        new AdminApplication.Parts(
            authentication(core),
            database.owners(),
            database.requests(),
            database.certificates(),
            database.issuers(),
            new TrustAnchors(
                database.anchors(), database.issuers(), database.certificates(), clock),
            database.stations(),
            database.audit(),
            new EnrollmentSecrets(
                database.owners(), secretHash(), this::offersDigest, clock, random),
            new Revocation(database.certificates(), clock),
            new Decommission(database.owners(), clock),
            new CrlDesk(
                database.crls(),
                database.issuers(),
                publication,
                new CrlImport(database.crls(), database.issuers(), database.certificates(), clock),
                core.authorities()::all,
                core.urls()),
            ceremonies,
            desk,
            Nameplate::ocspOwner,
            settings.node(),
            profiles.est(),
            core.urls(),
            clock,
            settings.est().approvals().life(),
            this::describe);
    return Listeners.application(new AdminApplication(parts), AdminApi.PATH);
  }

  private Authentication authentication(Core core) {
    return new Authentication(
        core.database().owners(),
        core.database().certificates(),
        core.database().audit(),
        secretHash(),
        profiles::find,
        clock);
  }

  private boolean offersDigest(String label) {
    return profiles
        .find(label)
        .flatMap(CertificateProfile::enrollment)
        .filter(rules -> rules.secrets().contains(SecretScheme.DIGEST))
        .isPresent();
  }

  private SecretHash secretHash() {
    try {
      return new SecretHash(
          HexFormat.of().parseHex(PrivateFile.read(settings.secretsKey()).strip()));
    } catch (IOException | IllegalArgumentException unusable) {
      throw new IllegalStateException(
          "the key of enrollment secrets cannot be used: " + unusable.getMessage(), unusable);
    }
  }

  private KeyEncryptionKeys sharedKeys() {
    if (settings.est().sharedKeys().isEmpty()) {
      return KeyEncryptionKeys.NONE;
    }
    try {
      return SharedKeyFile.read(settings.est().sharedKeys().get());
    } catch (IOException unusable) {
      throw new IllegalStateException(
          "the keys that devices share cannot be used: " + unusable.getMessage(), unusable);
    }
  }

  private LiveOcspSigners ocspSigners(StatusSide side) {
    return new LiveOcspSigners(
        side.issuers(),
        side.authorities(),
        keys(side.vault(), meters),
        settings.node(),
        settings.ocsp().keys(),
        clock);
  }

  private Health health(
      StatusSide side, Optional<LiveOcspSigners> signers, Supplier<Map<String, String>> warnings) {
    var made =
        new Health(
            side.vault(),
            side.issuers(),
            side.crls(),
            side.authorities(),
            signers,
            side.statuses(),
            warnings,
            clock);
    health.set(Optional.of(made));
    return made;
  }

  private static Map<String, String> warnings(CrlWatch watch, Optional<Canary> canary) {
    var warnings = new TreeMap<>(watch.warnings());
    canary.map(Canary::warnings).ifPresent(warnings::putAll);
    return warnings;
  }

  /// Makes authorities, and at once what they need: an OCSP signer, a CRL, their place in the chain
  /// that our listeners send. What fails of that is tried again by the jobs that do it otherwise.
  private AuthorityCeremonies ceremony(Core core, List<Job> renewals, CrlJob publishing) {
    var jobs = new ArrayList<>(renewals);
    jobs.add(publishing);
    return new KeyCeremony(
        core,
        profiles,
        () -> {
          for (var job : jobs) {
            try {
              LOG.info("{}: {}", job.name(), job.run(clock.instant()));
            } catch (RuntimeException failed) {
              LOG.warn("{} failed; it will be tried again", job.name(), failed);
            }
          }
        });
  }

  /// What this node needs for itself.
  private List<Job> renewals(
      Core core,
      StatusSide side,
      LiveOcspSigners signers,
      OcspSignerDesk desk,
      Optional<AtomicReference<TlsIdentity>> shown,
      Listeners net) {
    var renewals = new ArrayList<Job>();
    if (does(Role.STATUS)) {
      renewals.add(ocspSignerRenewal(side, signers, certification(desk)));
    }
    shown.ifPresent(identity -> renewals.add(tlsRenewal(core, identity, net)));
    return renewals;
  }

  private JobRunner jobs(
      Core core,
      StatusSide side,
      LiveOcspSigners signers,
      OcspResponder responder,
      List<Job> renewals,
      RefusalCounts counts,
      CrlWatch watch) {
    var database = core.database();
    var every = new ArrayList<JobRunner.Schedule>();
    if (does(Role.JOBS)) {
      every.add(
          new JobRunner.Schedule(
              new OrphanedReservations(
                  database.certificates(), Enrollment.PATIENCE.multipliedBy(2)),
              Duration.ofSeconds(30),
              true));
      every.add(
          new JobRunner.Schedule(
              new RequestExpiry(database.requests()), Duration.ofMinutes(1), true));
      every.add(
          new JobRunner.Schedule(
              new DueCertificates(database.certificates()), Duration.ofMinutes(1), true));
    }
    every.add(new JobRunner.Schedule(watch, Duration.ofSeconds(15), false));
    exporting(side).ifPresent(every::add);
    every.add(new JobRunner.Schedule(counts, Duration.ofMinutes(1), false));
    every.add(
        new JobRunner.Schedule(
            new AuthorityRefresh(core.authorities(), signers), Duration.ofMinutes(1), false));
    every.add(
        new JobRunner.Schedule(
            new Inventory(
                database.certificates(),
                database.requests(),
                database.crls(),
                core.authorities(),
                clock,
                meters),
            Duration.ofSeconds(15),
            false));
    preSigning(responder).ifPresent(every::add);
    // a certificate of ours that is revoked is replaced soon
    renewals.forEach(job -> every.add(new JobRunner.Schedule(job, Duration.ofMinutes(1), false)));
    return new JobRunner(every, database.leases(), settings.node(), clock, meters);
  }

  private CrlPublication crlPublication(Core core, CrlWatch watch) {
    return new CrlPublication(
        core.database().crls(),
        core.database().certificates(),
        clock,
        settings.crl().schedule(),
        core.urls(),
        settings.crl().delta().isPresent(),
        watch);
  }

  private CrlWatch crlWatch(StatusSide side) {
    return new CrlWatch(side.crls(), side.authorities()::publishing, clock, meters);
  }

  private Optional<Canary> canary(Core core) {
    if (!settings.canary().enabled() || !does(Role.JOBS)) {
      return Optional.empty();
    }
    var profile = profiles.canary();
    record(core, profile);
    var eyes =
        new RelyingParty(
            HttpClient.newBuilder().connectTimeout(PROBE_PATIENCE).build(), PROBE_PATIENCE, clock);
    return Optional.of(
        new Canary(
            new OwnCanaries(core, profile.profile(), settings.node()),
            (each, channel) ->
                switch (channel) {
                  case OCSP -> eyes.askOcsp(each.certificate(), each.issuer(), url(each, channel));
                  case CRL -> eyes.readCrl(each.certificate(), each.issuer(), url(each, channel));
                },
            settings.canary().measure(),
            clock,
            meters));
  }

  private static URI url(CanaryCertificate canary, Channel channel) {
    return Optional.ofNullable(canary.urls().get(channel)).orElseThrow();
  }

  /// Under leases of its own, one for each issuer.
  private JobRunner.Schedule publishing(Core core, CrlPublication publication) {
    var job =
        new CrlJob(
            publication, core.authorities()::all, core.database().leases(), settings.node(), clock);
    return new JobRunner.Schedule(job, Duration.ofSeconds(1), false);
  }

  /// On a thread of its own: no other job waits for what is slow out there or large in here, and no
  /// list waits for another job.
  private void aside(JobRunner.Schedule job, Core core) {
    var runner =
        new JobRunner(List.of(job), core.database().leases(), settings.node(), clock, meters);
    opened.push(runner);
    runner.start();
  }

  private Optional<JobRunner.Schedule> exporting(StatusSide side) {
    return settings
        .crl()
        .export()
        .map(folder -> new CrlExport(folder, side.crls(), side.authorities()::all))
        .map(job -> new JobRunner.Schedule(job, Duration.ofSeconds(1), false));
  }

  private Optional<JobRunner.Schedule> preSigning(OcspResponder responder) {
    return Optional.of(new JobRunner.Schedule(new PreSigner(responder), PreSigner.PERIOD, false))
        .filter(_ -> does(Role.STATUS) && settings.ocsp().signAhead());
  }

  private JobRunner statusJobs(
      StatusSide side, LiveOcspSigners signers, OcspResponder responder, CrlWatch watch) {
    var every = new ArrayList<JobRunner.Schedule>();
    every.add(
        new JobRunner.Schedule(
            new AuthorityRefresh(side.authorities(), signers), Duration.ofMinutes(1), false));
    every.add(new JobRunner.Schedule(watch, Duration.ofSeconds(15), false));
    exporting(side).ifPresent(every::add);
    preSigning(responder).ifPresent(every::add);
    return alone(every);
  }

  /// What talks to the issuing node, at once and then often: a first attempt may fail only because
  /// it was not up yet. On a thread of its own: no other job waits for an answer from there.
  private JobRunner farJobs(List<? extends Job> renewals, NodeAlarms alarms) {
    var every = new ArrayList<JobRunner.Schedule>();
    renewals.forEach(job -> every.add(new JobRunner.Schedule(job, Duration.ofMinutes(1), false)));
    every.add(new JobRunner.Schedule(alarms, Duration.ofMinutes(1), false));
    return alone(every);
  }

  /// A status node does nothing for others, so it takes no lease.
  private JobRunner alone(List<JobRunner.Schedule> every) {
    LeaseStore none = (_, _, _, _) -> OptionalLong.empty();
    return new JobRunner(every, none, settings.node(), clock, meters);
  }

  private OcspSignerRenewal ocspSignerRenewal(
      StatusSide side, LiveOcspSigners signers, OcspSignerRenewal.Certification certification) {
    return new OcspSignerRenewal(
        side.authorities()::answering,
        signers,
        side.vault(),
        certification,
        settings.node(),
        settings.ocsp().keys(),
        new RenewalRule(side.statuses()));
  }

  private OcspSignerDesk ocspSignerDesk(Core core) {
    return new OcspSignerDesk(
        core.authorities()::answering,
        core.own(),
        core.database().issuers(),
        profiles.get(ProfileFiles.OCSP_SIGNER),
        clock);
  }

  /// By our own authorities, as a status node's are.
  private OcspSignerRenewal.Certification certification(OcspSignerDesk desk) {
    return (issuer, request, key) ->
        switch (desk.certify(settings.node(), issuer, parsed(request), key, "renewal")) {
          case OcspCertification.Outcome.Certified(var certificate) -> certificate;
          case OcspCertification.Outcome.Refused(_, var detail) ->
              throw new NotIssuedException(detail);
        };
  }

  private static Csr parsed(Der request) {
    try {
      return Csr.parse(request.toByteArray());
    } catch (MalformedCsrException ours) {
      throw new IllegalStateException("a request of our own that cannot be read", ours);
    }
  }

  private TlsRenewal tlsRenewal(Core core, AtomicReference<TlsIdentity> shown, Listeners net) {
    return new TlsRenewal(
        settings.tls(),
        shown.get(),
        core.own(),
        core.authorities(),
        profiles.get(ProfileFiles.TLS_SERVER),
        tlsOwner(settings.node()),
        renewed -> {
          shown.set(renewed);
          net.use(renewed);
          coap.get().ifPresent(server -> server.use(coapIdentity(renewed)));
        },
        new RenewalRule(core.database().certificates()));
  }

  private void bindMetrics(Core core, Listeners net) {
    var database = core.database();
    FunctionCounter.builder("nameplate.store.groups", database, of -> of.stats().groups())
        .description("Commits of the writer, each of which is one flush to disk")
        .register(meters);
    FunctionCounter.builder("nameplate.store.changes", database, of -> of.stats().changes())
        .description("Changes that the writer committed")
        .register(meters);
    FunctionCounter.builder(
            "nameplate.store.failed.alone", database, of -> of.stats().failedAlone())
        .description("Changes that the writer could not make, and left out of their group")
        .register(meters);
    bindReaders(database::readers);
    bindProcess(net);
  }

  private void bindReaders(Supplier<Database.Readers> readers) {
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

  private void bindProcess(Listeners net) {
    new JvmMemoryMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    new ClassLoaderMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    new UptimeMetrics().bindTo(meters);
    var collector = new JvmGcMetrics();
    collector.bindTo(meters);
    opened.push(collector);
    net.bindTo(meters);
  }

  private StopListener stops() {
    return (stop, _) ->
        meters.counter("nameplate.enrollment.stops", "stop", RecordBinder.word(stop)).increment();
  }

  /// Who the OCSP signing keys of a node for an authority belong to. One for each authority: an
  /// owner has one certificate in use, and each of these is.
  public static Owner ocspOwner(String node, IssuerId issuer) {
    return new Owner(OwnerKind.SERVICE, "ocsp-" + node + "-" + issuer.hex().substring(0, 8));
  }

  /// The same for each type of key that such a node signs with.
  static Owner ocspOwner(String node, IssuerId issuer, KeyType type) {
    var usual = ocspOwner(node, issuer);
    return type == KeyType.EC_P256
        ? usual
        : new Owner(usual.kind(), usual.id() + "-" + type.text());
  }

  private static Owner ocspOwner(OcspSignerRecord signer) {
    return ocspOwner(signer.node(), signer.issuer(), signer.certificate().publicKey().type());
  }

  /// Who the TLS keys of a node belong to.
  public static Owner tlsOwner(String node) {
    return new Owner(OwnerKind.SERVICE, "tls-" + node);
  }

  /// Remembers a profile in this version, for the certificates that refer to it.
  public static void record(Core core, ProfileFiles.Source source) {
    var profile = source.profile();
    core.database()
        .issuers()
        .recordProfile(
            profile,
            source.text(),
            new AuditEvent.ProfileRecorded(profile.name(), profile.version()));
  }

  /// Nobody waits for a device to find out that nobody signs for it.
  private void requireIssuers(LiveAuthorities authorities) throws StartException {
    for (var profile : profiles.all()) {
      if (!authorities.roles().contains(profile.issuer())) {
        throw new StartException(
            "profile "
                + profile.name()
                + " names the issuer '"
                + profile.issuer()
                + "', and there are only "
                + String.join(", ", authorities.roles())
                + "; start without that profile, run: nameplate issuer add "
                + profile.issuer()
                + ", and put it back");
      }
    }
  }

  private AdminApi.Server describe() {
    return new AdminApi.Server(
        Version.text(),
        settings.node(),
        startedAt,
        clock.instant(),
        profiles.est().stream().map(profile -> profile.name()).toList());
  }

  /// The store cannot go on; nothing that it did not promise has left.
  void fatal(StoreException failed) {
    var why = "the store cannot go on: " + failed.getMessage();
    if (stopReason.compareAndSet(Optional.empty(), Optional.of(why))) {
      LOG.error("stopping, because {}", why, failed);
      health.get().ifPresent(known -> known.outOfService(why));
      Thread.ofPlatform().name("stop").start(this::close);
    }
  }

  private Listeners running() {
    return listeners.orElseThrow(() -> new IllegalStateException("the server does not listen"));
  }
}
