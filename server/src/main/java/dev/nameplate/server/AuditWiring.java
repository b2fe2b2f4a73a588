package dev.nameplate.server;

import dev.nameplate.ca.audit.SignedCheckpoint;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.job.CheckpointJob;
import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.store.CheckpointStore.Stored;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.audit.AuditDesk;
import dev.nameplate.server.audit.CheckpointExport;
import dev.nameplate.server.audit.CheckpointFile;
import dev.nameplate.server.audit.RestoreGuard;
import dev.nameplate.server.audit.Syslog;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// What proves the audit log of a node that writes it, and what looks at the start whether the
/// database is the one that it was.
final class AuditWiring {

  private static final Duration SOON = Duration.ofSeconds(1);

  private final Node node;
  private final Core core;
  private final CheckpointFile file;
  private final Optional<Syslog> syslog;
  private final CheckpointJob checkpoints;
  private final CheckpointExport export;

  AuditWiring(Node node, Core core, ServiceSigners signers) throws IOException {
    var settings = node.settings().audit();
    this.node = node;
    this.core = core;
    this.file = new CheckpointFile(settings.folder());
    this.syslog = syslog(settings);
    syslog.ifPresent(node::opened);
    this.checkpoints =
        new CheckpointJob(
            core.database().checkpoints(),
            () -> signers.signer(SignerPurpose.AUDIT),
            node.name(),
            settings.rule(),
            core.quarantine()::isOn);
    this.export =
        new CheckpointExport(
            core.database().checkpoints(), file, syslog, settings.late(), core.quarantine()::isOn);
    bind();
  }

  /// Before anybody is answered.
  ///
  /// @throws StartException if it cannot be known whether the database is older than what left it
  void guard() throws StartException {
    var database = core.database();
    var folders = new ArrayList<Path>();
    folders.add(node.settings().audit().folder());
    node.settings().crl().export().ifPresent(folders::add);
    var guard =
        new RestoreGuard(
            new RestoreGuard.Stores(
                database.checkpoints(),
                database.crls(),
                database.issuers(),
                database.certificates(),
                database.owners(),
                database.quarantines(),
                database.audit()),
            file,
            folders,
            node.name());
    try {
      guard.look(node.clock().instant());
    } catch (IOException unreadable) {
      throw new StartException(
          "it cannot be known whether the database was put back to an older state: "
              + unreadable.getMessage(),
          unreadable);
    }
    var _ = core.quarantine().run(node.clock().instant());
  }

  /// The last one, when nothing more is written.
  void finish() {
    var now = node.clock().instant();
    var _ = checkpoints.finish(now);
    var _ = export.run(now);
  }

  List<JobRunner.Schedule> jobs() {
    var every = new ArrayList<JobRunner.Schedule>();
    every.add(new JobRunner.Schedule(core.quarantine(), SOON, false));
    if (node.does(Settings.Role.JOBS)) {
      every.add(new JobRunner.Schedule(checkpoints, SOON, false));
    }
    every.add(new JobRunner.Schedule(export, SOON, false));
    every.add(
        new JobRunner.Schedule(
            new CrlExport(
                "crl-copies",
                node.settings().audit().folder(),
                core.database().crls(),
                core.authorities()::all,
                Optional::empty),
            SOON,
            false));
    return every;
  }

  /// Not while nothing may be issued or be good again.
  Job unlessHeld(Job job) {
    return new Job() {
      @Override
      public String name() {
        return job.name();
      }

      @Override
      public String run(Instant now) {
        return core.quarantine().isOn() ? "not in quarantine" : job.run(now);
      }
    };
  }

  Map<String, String> warnings() {
    var warnings = new TreeMap<>(export.warnings());
    warnings.putAll(core.quarantine().warnings());
    return warnings;
  }

  /// One that was made at `moment` or later.
  SignedCheckpoint checkpoint(Instant moment) {
    return checkpoints.notBefore(moment, node.clock().instant());
  }

  Optional<Stored> latest() {
    return export.latest();
  }

  AuditDesk desk() {
    return new AuditDesk(
        new AuditDesk.Parts(
            core.database().audit(),
            core.database().checkpoints(),
            core.database().quarantines(),
            core.quarantine(),
            checkpoints,
            export,
            file,
            this::roots,
            node.name(),
            node.clock()));
  }

  private List<Certificate> roots() {
    return core.authorities().all().stream()
        .map(Authority::certificate)
        .flatMap(Optional::stream)
        .filter(certificate -> certificate.subject().equals(certificate.issuer()))
        .toList();
  }

  private void bind() {
    Gauge.builder(
            "nameplate.audit.checkpoint", export, of -> of.latest().map(Stored::number).orElse(0L))
        .description("The number of the last checkpoint of the audit log")
        .register(node.meters());
    Gauge.builder(
            "nameplate.audit.checkpoint.time",
            export,
            of -> of.latest().map(last -> last.at().toEpochMilli() / 1000.0).orElse(0.0))
        .description("When the last checkpoint of the audit log was made")
        .baseUnit("seconds")
        .register(node.meters());
    syslog.ifPresent(to -> {
      FunctionCounter.builder("nameplate.audit.syslog", to, Syslog::sent)
          .description("Checkpoints that were sent to the syslog receiver, or found no room")
          .tag("outcome", "sent")
          .register(node.meters());
      FunctionCounter.builder("nameplate.audit.syslog", to, Syslog::dropped)
          .description("Checkpoints that were sent to the syslog receiver, or found no room")
          .tag("outcome", "dropped")
          .register(node.meters());
    });
  }

  private Optional<Syslog> syslog(Settings.Audit settings) throws IOException {
    if (settings.syslog().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Syslog(settings.syslog().get(), node.name(), tls(settings.syslogTrust())));
  }

  private static SSLContext tls(Optional<Path> trust) throws IOException {
    try {
      if (trust.isEmpty()) {
        return SSLContext.getDefault();
      }
      var anchors = KeyStore.getInstance("PKCS12");
      anchors.load(null, null);
      for (var each : Pem.blocks(Files.readString(trust.get()), "CERTIFICATE")) {
        anchors.setCertificateEntry(
            "anchor-" + anchors.size(),
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(each)));
      }
      var managers = TrustManagerFactory.getInstance("PKIX");
      managers.init(anchors);
      var context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException unusable) {
      throw new IOException("audit.syslog_trust: " + unusable.getMessage(), unusable);
    }
  }
}
