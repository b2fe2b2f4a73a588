package dev.nameplate.server;

import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.store.LeaseStore;
import dev.nameplate.server.Settings.Role;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;

/// A node that reads: it has its OCSP signing keys, and asks an issuing node for the rest. What
/// cannot be done now, because the issuing node is away, is tried again by the jobs.
final class StatusNodeWiring {

  /// A status node does nothing for others, so it takes no lease.
  private static final LeaseStore NO_LEASES = (_, _, _, _) -> OptionalLong.empty();

  private final Node node;
  private final Settings settings;

  StatusNodeWiring(Node node) {
    this.node = node;
    this.settings = node.settings();
  }

  Nameplate.Answering open() throws StartException, IOException {
    var net = Listeners.open(settings, Optional.empty());
    node.opened(net::stop);
    var vault = node.openToken();
    var database = node.opened(Databases.openReadOnly(settings, node.clock()));
    node.opened(database.watchOtherNodes(Nameplate.LOOK_FOR_CHANGES));
    var authorities = LiveAuthorities.withoutKeys(database.issuers(), node.clock());
    authorities.refresh();

    // a status node writes no audit log: its files are what there is
    var witnessed =
        new WitnessedVault(vault, settings.evidence(), _ -> {}, node.clock(), node.random());
    var status = new StatusWiring(node, new StatusSide(database, authorities, witnessed));
    var health = status.health(status.watch()::warnings);
    var identity = new AtomicReference<>(TlsIdentity.load(settings.tls()));
    var issuing = new IssuingNode(settings.issuingNode().orElseThrow(), node.name(), identity::get);
    var renewals =
        List.of(
            new NodeRenewal(identity, issuing::renew, settings.tls()),
            status.signerRenewal(issuing));
    // those that it has; an issuing node that does not answer delays no start
    status.signers().refresh();

    var alarms = new NodeAlarms(issuing::raise);
    node.bindReaders(database::readers);
    node.bindProcess(net);
    var responder = status.responder(alarms);
    net.start(
        Map.of(Role.STATUS, status.handler(responder)),
        new MonitoringHandler(node.meters(), health));
    node.start(status.jobs(responder, Optional::empty), NO_LEASES);
    node.watchTokens();
    node.start(farJobs(renewals, alarms), NO_LEASES);
    node.opened(net::stop);
    return new Nameplate.Answering(net, Optional.empty(), health);
  }

  /// What talks to the issuing node, at once and then often: a first attempt may fail only because
  /// it was not up yet. No other job waits for an answer from there.
  private static List<JobRunner.Schedule> farJobs(List<? extends Job> renewals, NodeAlarms alarms) {
    var every = new ArrayList<JobRunner.Schedule>();
    renewals.forEach(job -> every.add(new JobRunner.Schedule(job, Duration.ofMinutes(1), false)));
    every.add(new JobRunner.Schedule(alarms, Duration.ofMinutes(1), false));
    return every;
  }
}
