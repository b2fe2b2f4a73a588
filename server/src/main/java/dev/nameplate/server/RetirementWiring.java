package dev.nameplate.server;

import dev.nameplate.ca.job.PlanExecution;
import dev.nameplate.ca.retirement.Planning;
import dev.nameplate.ca.retirement.Receipts;
import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.store.PlanItem;
import dev.nameplate.ca.store.RetirementPlan;
import dev.nameplate.ca.store.RetirementStore;
import dev.nameplate.server.admin.RetirementDesk;
import io.micrometer.core.instrument.Gauge;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.Supplier;

/// What takes devices out of service: what operators ask for, the job that carries it out, and the
/// one that looks whether everybody sees it.
final class RetirementWiring {

  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final Duration COUNT_EVERY = Duration.ofSeconds(15);

  /// Counted again when it is old: a scrape costs one query at most.
  private static final class Counts<E extends Enum<E>> {
    private final Supplier<Map<E, Integer>> count;
    private final Supplier<Instant> now;
    private Map<E, Integer> counts = Map.of();
    private Instant at = Instant.MIN;

    Counts(Supplier<Map<E, Integer>> count, Supplier<Instant> now) {
      this.count = count;
      this.now = now;
    }

    synchronized int of(E state) {
      var instant = now.get();
      if (at.isBefore(instant.minus(COUNT_EVERY))) {
        counts = count.get();
        at = instant;
      }
      return counts.getOrDefault(state, 0);
    }
  }

  private final RetirementDesk desk;
  private final PlanExecution execution;
  private final RetirementVerification verification;

  RetirementWiring(
      Node node, Core core, ServiceSigners signers, AuditWiring audit, Duration patience) {
    var database = core.database();
    var retirements = database.retirements();
    var receipts =
        new Receipts(
            database.owners(),
            database.certificates(),
            database.issuers(),
            retirements,
            audit::checkpoint,
            () -> signers.signer(SignerPurpose.RECEIPT),
            node.clock());
    execution = new PlanExecution(retirements, node.name(), node.clock());
    verification =
        new RetirementVerification(
            retirements,
            database.certificates(),
            database.issuers(),
            receipts,
            core.urls(),
            HttpClient.newBuilder().connectTimeout(patience).build(),
            patience,
            node.name(),
            node.clock());
    desk =
        new RetirementDesk(
            database.owners(),
            retirements,
            new Planning(
                database.owners(),
                database.certificates(),
                database.requests(),
                retirements,
                node.settings().retirement().rules(),
                node.clock(),
                node.random()),
            receipts,
            node.clock(),
            verification::whyUnseen);
    bind(node, retirements);
  }

  RetirementDesk desk() {
    return desk;
  }

  JobRunner.Schedule execution() {
    return new JobRunner.Schedule(execution, EVERY, true);
  }

  JobRunner.Schedule verification() {
    return new JobRunner.Schedule(verification, EVERY, true);
  }

  private static void bind(Node node, RetirementStore retirements) {
    var plans = new Counts<RetirementPlan.State>(retirements::countPlans, node.clock()::instant);
    for (var state : RetirementPlan.State.values()) {
      Gauge.builder("nameplate.retirement.plans", () -> plans.of(state))
          .description("Plans to retire devices")
          .tag("state", RecordBinder.word(state))
          .register(node.meters());
    }
    var items = new Counts<PlanItem.State>(retirements::countItems, node.clock()::instant);
    for (var state : PlanItem.State.values()) {
      Gauge.builder("nameplate.retirement.devices", () -> items.of(state))
          .description("Devices of plans")
          .tag("state", RecordBinder.word(state))
          .register(node.meters());
    }
  }
}
