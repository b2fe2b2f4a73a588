package dev.nameplate.server;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.enrollment.EnrollmentSecrets;
import dev.nameplate.ca.enrollment.StopListener;
import dev.nameplate.ca.job.CrlJob;
import dev.nameplate.ca.job.DueCertificates;
import dev.nameplate.ca.job.EndedSuspensions;
import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.job.OrphanedReservations;
import dev.nameplate.ca.job.RequestExpiry;
import dev.nameplate.ca.retirement.Decommission;
import dev.nameplate.ca.retirement.Lifecycle;
import dev.nameplate.ca.revocation.CrlImport;
import dev.nameplate.ca.revocation.CrlPublication;
import dev.nameplate.ca.revocation.Revocation;
import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.store.CheckpointStore.Stored;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.trust.TrustAnchors;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.MalformedCsrException;
import dev.nameplate.est.AnyClientCertificate;
import dev.nameplate.est.UnauthenticatedRefusals;
import dev.nameplate.est.coap.EstCoapServer;
import dev.nameplate.ocsp.OcspResponder;
import dev.nameplate.server.Settings.Role;
import dev.nameplate.server.admin.AdminApi;
import dev.nameplate.server.admin.AdminApplication;
import dev.nameplate.server.admin.AuthorityCeremonies;
import dev.nameplate.server.admin.CrlDesk;
import dev.nameplate.server.admin.FleetWatch;
import dev.nameplate.server.admin.OcspCertification;
import dev.nameplate.server.canary.Canary;
import dev.nameplate.server.canary.CanaryCertificate;
import dev.nameplate.server.canary.Channel;
import dev.nameplate.server.canary.RelyingParty;
import dev.nameplate.server.tls.JdkTls;
import dev.nameplate.server.tls.TlsStack;
import dev.nameplate.store.Database;
import io.micrometer.core.instrument.FunctionCounter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.eclipse.jetty.server.Handler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A node with the keys of the authorities, which writes the database.
final class IssuingWiring {

  private static final Logger LOG = LoggerFactory.getLogger(IssuingWiring.class);

  private static final Duration PROBE_PATIENCE = Duration.ofSeconds(5);

  private final Node node;
  private final Path dir;
  private final Settings settings;
  private final Consumer<StoreException> onFatal;
  private final Instant startedAt;
  private final UnauthenticatedRefusals strangers = new UnauthenticatedRefusals();
  private final AtomicReference<Optional<EstCoapServer>> coap =
      new AtomicReference<>(Optional.empty());

  /// @param dir the server's folder
  /// @param onFatal told when the store cannot go on
  IssuingWiring(Node node, Path dir, Consumer<StoreException> onFatal) {
    this.node = node;
    this.dir = dir;
    this.settings = node.settings();
    this.onFatal = onFatal;
    this.startedAt = node.clock().instant();
  }

  Nameplate.Answering open() throws StartException, IOException {
    var shown = shown();
    var net = Listeners.open(settings, secure(shown));
    node.opened(net::stop);
    var vault = node.openToken();
    var core =
        node.opened(
            Core.open(
                settings, vault, node.clock(), node.random(), node.meters(), stops(), onFatal));
    node.opened(core.database().watchOtherNodes(Nameplate.LOOK_FOR_CHANGES));
    core.authorities().refresh();
    requireIssuers(core.authorities());
    node.profiles().sources().forEach(core::record);

    var signers = serviceSigners(core);
    var audit = new AuditWiring(node, core, signers);
    audit.guard();
    var side = new StatusSide(core.database(), core.authorities(), core.vault());
    var status = new StatusWiring(node, side);
    var publication = crlPublication(core, status.watch());
    var publishing = new CrlJob(publication, core.authorities()::all);
    var canary = canary(core);
    var emergency =
        new BreakGlassWatch(
            core.database().owners(), core.database().certificates(), node.meters());
    var health = status.health(() -> warnings(status.watch(), canary, audit, emergency));
    var desk = ocspSignerDesk(core);
    var renewals = renewals(core, status, desk, signers, shown, net);
    // before anybody asks: after a long pause they may all have run out
    renewals.forEach(node::runOnce);
    status.signers().refresh();
    if (node.does(Role.JOBS)) {
      node.runOnce(publishing);
    }

    var fleet = new FleetWiring(node, core.database());
    var counts = new RefusalCounts(strangers, core.database().audit());
    bindMetrics(core, net);
    var responder = status.responder(counts);
    var credentials = new Credentials(node, core);
    var est = new EstWiring(node, core, credentials, strangers);
    var application = Optional.of(est).filter(_ -> node.does(Role.EST)).map(EstWiring::application);
    var handlers = new EnumMap<Role, Handler>(Role.class);
    var retirement = new RetirementWiring(node, core, signers, audit, PROBE_PATIENCE);
    application.ifPresent(
        served -> handlers.put(Role.EST, logged("est", est.handler(served, net))));
    if (node.does(Role.STATUS)) {
      handlers.put(
          Role.STATUS,
          new Handler.Sequence(new CheckpointHandler(audit::latest), status.handler(responder)));
    }
    if (node.does(Role.ADMIN)) {
      var ceremonies = ceremonies(core, renewals, publishing);
      handlers.put(
          Role.ADMIN,
          logged(
              "admin",
              admin(
                  core,
                  credentials,
                  ceremonies,
                  desk,
                  retirement,
                  publication,
                  audit,
                  fleet.watch(),
                  signers)));
    }
    net.start(handlers, new MonitoringHandler(node.meters(), health));
    node.opened(audit::finish);
    core.database().audit().append(new AuditEvent.ServerStarted(node.name(), Version.text()));
    node.opened(() -> core.database().audit().append(new AuditEvent.ServerStopped(node.name())));
    var leases = core.database().leases();
    node.watchTokens();
    node.start(jobs(core, status, responder, renewals, counts, audit), leases);
    // on a thread of their own, too: a token that hangs keeps no other job waiting
    node.start(audit.jobs(), leases);
    node.start(fleet.jobs(), leases);
    // These have threads of their own: no other job waits for what is slow out there or large in
    // here, and no list waits for another job.
    if (node.does(Role.JOBS)) {
      node.start(List.of(publishing(core, publication)), leases);
      node.start(List.of(retirement.execution()), leases);
      node.start(List.of(retirement.verification()), leases);
    }
    node.start(emergencies(core, emergency), leases);
    canary.ifPresent(each ->
        node.start(
            List.of(new JobRunner.Schedule(audit.unlessHeld(each), Duration.ofSeconds(1), true)),
            leases));
    // closing begins with what was opened last: no new requests, then the jobs, then the rest
    node.opened(net::stop);
    if (application.isPresent() && settings.listeners().coap().isPresent()) {
      coap.set(
          Optional.of(
              est.openCoap(
                  settings.listeners().coap().get(),
                  shown.orElseThrow().get(),
                  application.get())));
    }
    return new Nameplate.Answering(net, coap.get().map(EstCoapServer::address), health);
  }

  private Handler logged(String side, Handler handler) {
    return new RequestId(node.random(), new RequestLog(side, node.meters(), handler));
  }

  /// What the TLS listeners show, for a node that has some; others need no secret of theirs.
  private Optional<AtomicReference<TlsIdentity>> shown() throws IOException {
    return node.does(Role.EST) || node.does(Role.ADMIN)
        ? Optional.of(new AtomicReference<>(TlsIdentity.load(settings.tls())))
        : Optional.empty();
  }

  private Optional<Listeners.Secure> secure(Optional<AtomicReference<TlsIdentity>> shown)
      throws StartException {
    if (shown.isEmpty()) {
      return Optional.empty();
    }
    var est = node.does(Role.EST) ? tlsStack() : new JdkTls();
    return Optional.of(new Listeners.Secure(est, shown.get().get(), new AnyClientCertificate()));
  }

  private TlsStack tlsStack() throws StartException {
    var deviceKeys = new HashSet<KeyType>();
    node.profiles().est().forEach(profile -> deviceKeys.addAll(profile.keys().allowed()));
    try {
      var choice = TlsStack.choose(settings.tls().provider(), deviceKeys);
      LOG.info("TLS of the EST listener: {}, because {}", choice.stack().name(), choice.why());
      return choice.stack();
    } catch (IllegalStateException missing) {
      throw new StartException(String.valueOf(missing.getMessage()), missing);
    }
  }

  private Handler admin(
      Core core,
      Credentials credentials,
      AuthorityCeremonies ceremonies,
      OcspSignerDesk desk,
      RetirementWiring retirement,
      CrlPublication publication,
      AuditWiring audit,
      FleetWatch fleet,
      ServiceSigners signers) {
    var database = core.database();
    var parts =
        new AdminApplication.Parts(
            credentials.authentication(),
            database.owners(),
            database.requests(),
            database.certificates(),
            database.issuers(),
            database.serviceSigners(),
            new TrustAnchors(
                database.anchors(), database.issuers(), database.certificates(), node.clock()),
            database.stations(),
            database.audit(),
            new EnrollmentSecrets(
                database.owners(),
                credentials.secretHash(),
                credentials::offersDigest,
                node.clock(),
                node.random()),
            new Revocation(database.certificates(), node.clock()),
            new Decommission(database.owners(), node.clock()),
            retirement.desk(),
            new CrlDesk(
                database.crls(),
                database.issuers(),
                publication,
                new CrlImport(
                    database.crls(), database.issuers(), database.certificates(), node.clock()),
                core.authorities()::all,
                core.urls()),
            ceremonies,
            desk,
            ServiceOwners::ocsp,
            node.name(),
            node.profiles().est(),
            core.urls(),
            node.clock(),
            settings.est().approvals().life(),
            fleet,
            this::describe,
            database.administrators(),
            audit.desk(),
            lifecycle(database),
            () -> signers.signer(SignerPurpose.RECEIPT));
    return Listeners.application(new AdminApplication(parts), AdminApi.PATH);
  }

  private Lifecycle lifecycle(Database database) {
    return new Lifecycle(
        database.owners(), database.audit(), settings.devices().retention(), node.clock());
  }

  /// On a thread of their own: they wait for nobody.
  private List<JobRunner.Schedule> emergencies(Core core, BreakGlassWatch watch) {
    var desk =
        new BreakGlassDesk(
            dir,
            (request, reason) -> {
              var made = BreakGlass.make(core, request, reason);
              watch.run(node.clock().instant());
              return made;
            });
    return List.of(
        new JobRunner.Schedule(desk, Duration.ofSeconds(1), false),
        new JobRunner.Schedule(watch, Duration.ofMinutes(1), false));
  }

  private static Map<String, String> warnings(
      CrlWatch watch, Optional<Canary> canary, AuditWiring audit, BreakGlassWatch emergency) {
    var warnings = new TreeMap<>(watch.warnings());
    warnings.putAll(audit.warnings());
    warnings.putAll(emergency.warnings());
    canary.map(Canary::warnings).ifPresent(warnings::putAll);
    return warnings;
  }

  /// Makes authorities, and at once what they need: an OCSP signer, a CRL, their place in the chain
  /// that our listeners send. What fails of that is tried again by the jobs that do it otherwise.
  private AuthorityCeremonies ceremonies(Core core, List<Job> renewals, CrlJob publishing) {
    var jobs = new ArrayList<>(renewals);
    jobs.add(publishing);
    return new KeyCeremony(
        core,
        node.profiles(),
        () -> {
          for (var job : jobs) {
            try {
              LOG.info("{}: {}", job.name(), job.run(node.clock().instant()));
            } catch (RuntimeException failed) {
              LOG.warn("{} failed; it will be tried again", job.name(), failed);
            }
          }
        });
  }

  /// What this node needs for itself.
  private List<Job> renewals(
      Core core,
      StatusWiring status,
      OcspSignerDesk desk,
      ServiceSigners signers,
      Optional<AtomicReference<TlsIdentity>> shown,
      Listeners net) {
    var renewals = new ArrayList<Job>();
    renewals.add(signers);
    if (node.does(Role.STATUS)) {
      renewals.add(status.signerRenewal(certification(desk)));
    }
    shown.ifPresent(identity -> renewals.add(tlsRenewal(core, identity, net)));
    return renewals;
  }

  private List<JobRunner.Schedule> jobs(
      Core core,
      StatusWiring status,
      OcspResponder responder,
      List<Job> renewals,
      RefusalCounts counts,
      AuditWiring audit) {
    var database = core.database();
    var every = new ArrayList<>(status.jobs(responder, () -> audit.latest().map(Stored::jws)));
    if (node.does(Role.JOBS)) {
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
      every.add(
          new JobRunner.Schedule(
              audit.unlessHeld(new EndedSuspensions(database.owners())),
              Duration.ofMinutes(1),
              true));
    }
    every.add(new JobRunner.Schedule(counts, Duration.ofMinutes(1), false));
    every.add(
        new JobRunner.Schedule(
            new Inventory(
                database.certificates(),
                database.requests(),
                database.crls(),
                core.authorities(),
                node.clock(),
                node.meters()),
            Duration.ofSeconds(15),
            false));
    // a certificate of ours that is revoked is replaced soon
    renewals.forEach(job -> every.add(new JobRunner.Schedule(job, Duration.ofMinutes(1), false)));
    return every;
  }

  private CrlPublication crlPublication(Core core, CrlWatch watch) {
    return new CrlPublication(
        core.database().crls(),
        core.database().certificates(),
        node.clock(),
        settings.crl().schedule(),
        core.urls(),
        settings.crl().delta().isPresent(),
        watch);
  }

  private Optional<Canary> canary(Core core) {
    if (!settings.canary().enabled() || !node.does(Role.JOBS)) {
      return Optional.empty();
    }
    var profile = node.profiles().canary();
    core.record(profile);
    var eyes =
        new RelyingParty(
            HttpClient.newBuilder().connectTimeout(PROBE_PATIENCE).build(),
            PROBE_PATIENCE,
            node.clock());
    return Optional.of(
        new Canary(
            new OwnCanaries(
                core, profile.profile(), node.name(), settings.crl().delta().isPresent()),
            (each, channel) ->
                switch (channel) {
                  case OCSP -> eyes.askOcsp(each.certificate(), each.issuer(), url(each, channel));
                  case DELTA ->
                      eyes.readDelta(
                          each.certificate(),
                          each.issuer(),
                          url(each, channel),
                          UnaryOperator.identity());
                  case CRL -> eyes.readCrl(each.certificate(), each.issuer(), url(each, channel));
                },
            settings.canary().measure(),
            node.clock(),
            node.meters()));
  }

  private static URI url(CanaryCertificate canary, Channel channel) {
    return Optional.ofNullable(canary.urls().get(channel)).orElseThrow();
  }

  /// Under leases of its own, one for each issuer.
  private JobRunner.Schedule publishing(Core core, CrlPublication publication) {
    var job =
        new CrlJob(
            publication,
            core.authorities()::all,
            core.database().leases(),
            node.name(),
            node.clock());
    return new JobRunner.Schedule(job, Duration.ofSeconds(1), false);
  }

  private ServiceSigners serviceSigners(Core core) {
    return new ServiceSigners(
        core, node.profiles(), node.name(), Vaults.keys(core.vault(), node.meters()));
  }

  private OcspSignerDesk ocspSignerDesk(Core core) {
    return new OcspSignerDesk(
        core.authorities()::answering,
        core.own(),
        core.database().issuers(),
        node.profiles().get(ProfileFiles.OCSP_SIGNER),
        node.clock());
  }

  /// By our own authorities, as a status node's are.
  private OcspSignerRenewal.Certification certification(OcspSignerDesk desk) {
    return (issuer, request, key) ->
        switch (desk.certify(node.name(), issuer, parsed(request), key, "renewal")) {
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
        node.profiles().get(ProfileFiles.TLS_SERVER),
        ServiceOwners.tls(node.name()),
        renewed -> {
          shown.set(renewed);
          net.use(renewed);
          coap.get().ifPresent(server -> server.use(EstWiring.coapIdentity(renewed)));
        },
        new RenewalRule(core.database().certificates()));
  }

  private void bindMetrics(Core core, Listeners net) {
    var database = core.database();
    FunctionCounter.builder("nameplate.store.groups", database, of -> of.stats().groups())
        .description("Commits of the writer, each of which is one flush to disk")
        .register(node.meters());
    FunctionCounter.builder("nameplate.store.changes", database, of -> of.stats().changes())
        .description("Changes that the writer committed")
        .register(node.meters());
    FunctionCounter.builder(
            "nameplate.store.failed.alone", database, of -> of.stats().failedAlone())
        .description("Changes that the writer could not make, and left out of their group")
        .register(node.meters());
    node.bindReaders(database::readers);
    node.bindProcess(net);
  }

  private StopListener stops() {
    return (stop, _) ->
        node.meters()
            .counter("nameplate.enrollment.stops", "stop", RecordBinder.word(stop))
            .increment();
  }

  /// Nobody waits for a device to find out that nobody signs for it.
  private void requireIssuers(LiveAuthorities authorities) throws StartException {
    for (var profile : node.profiles().all()) {
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
        node.name(),
        startedAt,
        node.clock().instant(),
        node.profiles().est().stream().map(profile -> profile.name()).toList());
  }
}
