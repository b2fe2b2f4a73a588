package dev.nameplate.server;

import dev.nameplate.ocsp.CrlHandler;
import dev.nameplate.ocsp.NeverIssuedAlarm;
import dev.nameplate.ocsp.OcspHandler;
import dev.nameplate.ocsp.OcspResponder;
import dev.nameplate.ocsp.PreSigner;
import dev.nameplate.ocsp.StatusHttp;
import dev.nameplate.server.Settings.Role;
import dev.nameplate.server.flood.SourceSignatures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Handler;

/// What answers for status, the same on every kind of node.
final class StatusWiring {

  private final Node node;
  private final Settings settings;
  private final StatusSide side;
  private final LiveOcspSigners signers;
  private final CrlWatch watch;

  StatusWiring(Node node, StatusSide side) {
    this.node = node;
    this.settings = node.settings();
    this.side = side;
    this.signers =
        new LiveOcspSigners(
            side.issuers(),
            side.authorities(),
            Vaults.keys(side.vault(), node.meters()),
            node.name(),
            settings.ocsp().keys(),
            node.clock());
    this.watch =
        new CrlWatch(side.crls(), side.authorities()::publishing, node.clock(), node.meters());
  }

  LiveOcspSigners signers() {
    return signers;
  }

  CrlWatch watch() {
    return watch;
  }

  Health health(Supplier<Map<String, String>> warnings) {
    return node.is(
        new Health(
            side.vault(),
            side.issuers(),
            side.crls(),
            side.authorities(),
            Optional.of(signers).filter(_ -> node.does(Role.STATUS)),
            side.statuses(),
            () -> {
              var all = new TreeMap<>(node.tokenWarnings());
              all.putAll(warnings.get());
              return all;
            },
            node.clock()));
  }

  OcspResponder responder(NeverIssuedAlarm alarm) {
    var responder =
        new OcspResponder(
            side.statuses(),
            signers,
            alarm,
            settings.ocsp().listener(),
            node.clock(),
            node.meters());
    side.changes().listen(responder);
    return responder;
  }

  Handler handler(OcspResponder responder) {
    var ocsp = settings.ocsp().listener();
    var sources = new SourceSignatures(settings.ocsp().signaturesPerMinute(), node.clock());
    var aside = RequestId.named(node.random(), StatusHttp.ASIDE);
    return StatusHttp.handler(
        new OcspHandler(responder, sources, aside, ocsp, node.clock()),
        new CrlHandler(
            side.crls(), side.issuers(), ocsp, settings.crl().schedule().period(), node.clock()),
        aside);
  }

  OcspSignerRenewal signerRenewal(OcspSignerRenewal.Certification certification) {
    return new OcspSignerRenewal(
        side.authorities()::answering,
        signers,
        side.vault(),
        certification,
        node.name(),
        settings.ocsp().keys(),
        new RenewalRule(side.statuses()));
  }

  /// @param checkpoint the last one of the audit log, which is exported beside the CRLs
  List<JobRunner.Schedule> jobs(OcspResponder responder, Supplier<Optional<String>> checkpoint) {
    var jobs = new ArrayList<JobRunner.Schedule>();
    jobs.add(
        new JobRunner.Schedule(
            new AuthorityRefresh(side.authorities(), signers), Duration.ofMinutes(1), false));
    jobs.add(new JobRunner.Schedule(watch, Duration.ofSeconds(15), false));
    settings
        .crl()
        .export()
        .map(folder ->
            new CrlExport("crl-export", folder, side.crls(), side.authorities()::all, checkpoint))
        .ifPresent(job -> jobs.add(new JobRunner.Schedule(job, Duration.ofSeconds(1), false)));
    if (node.does(Role.STATUS) && settings.ocsp().signAhead()) {
      jobs.add(new JobRunner.Schedule(new PreSigner(responder), PreSigner.PERIOD, false));
    }
    return jobs;
  }
}
