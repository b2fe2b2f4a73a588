package dev.nameplate.ca.memory;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.store.FinishOutcome;
import dev.nameplate.ca.store.MoveOutcome;
import dev.nameplate.ca.store.PlanAct;
import dev.nameplate.ca.store.PlanItem;
import dev.nameplate.ca.store.PlanOutcome;
import dev.nameplate.ca.store.PlanRules;
import dev.nameplate.ca.store.PlannedDevice;
import dev.nameplate.ca.store.RetirementPlan;
import dev.nameplate.ca.store.RetirementRules;
import dev.nameplate.ca.store.RetirementStore;
import dev.nameplate.ca.store.SeenRevoked;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.store.StoredReceipt;
import dev.nameplate.ca.store.Tombstone;
import dev.nameplate.ca.store.WipeEvidence;
import dev.nameplate.ca.store.WipeOutcome;
import dev.nameplate.ca.store.WipeRecord;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Plans, evidence and receipts over maps, behind the lock of the stores that they belong to.
public final class InMemoryRetirementStore implements RetirementStore {

  private record Identity(Owner device, int epoch) {}

  private final InMemoryStore store;
  private final Map<RetirementPlan.Id, RetirementPlan> plans = new LinkedHashMap<>();
  private final Map<RetirementPlan.Id, NavigableMap<String, PlanItem>> items =
      new LinkedHashMap<>();
  private final Map<Identity, List<SeenRevoked>> seen = new LinkedHashMap<>();
  private final Map<Identity, WipeRecord> wipes = new LinkedHashMap<>();
  private final Map<Identity, StoredReceipt> receipts = new LinkedHashMap<>();

  public InMemoryRetirementStore(InMemoryStore store) {
    this.store = store;
  }

  @Override
  public RetirementPlan add(RetirementPlan plan, List<PlannedDevice> devices, int fourEyesAbove) {
    synchronized (store) {
      int before = unapproved(plan.requester(), plan.madeAt());
      var kept =
          PlanRules.needsApproval(devices.size(), before, fourEyesAbove) ? plan.waiting() : plan;
      if (plans.putIfAbsent(plan.id(), kept) != null) {
        throw new StoreException("there is a plan with the id " + plan.id() + " already");
      }
      var each = new TreeMap<String, PlanItem>();
      for (var device : devices) {
        each.put(
            device.owner().id(),
            new PlanItem(
                plan.id(), device, PlanItem.State.PENDING, Optional.empty(), Optional.empty()));
      }
      items.put(plan.id(), each);
      store.append(PlanRules.made(kept));
      return kept;
    }
  }

  @Override
  public int unapproved(String requester, Instant now) {
    synchronized (store) {
      return Math.toIntExact(
          plans.values().stream()
              .filter(plan -> plan.requester().equals(requester) && !plan.needsApproval())
              .flatMap(
                  plan -> of(plan.id()).values().stream().filter(item -> counts(plan, item, now)))
              .count());
    }
  }

  private static boolean counts(RetirementPlan plan, PlanItem item, Instant now) {
    boolean recent = plan.madeAt().isAfter(now.minus(PlanRules.FOUR_EYES_WITHIN));
    return switch (item.state()) {
      case DONE -> recent;
      case PENDING, FAILED ->
          plan.state() != RetirementPlan.State.CANCELLED && (recent || !plan.isOverAt(now));
      case ALREADY -> false;
    };
  }

  @Override
  public PlanOutcome act(RetirementPlan.Id id, PlanAct act, Instant now) {
    synchronized (store) {
      var plan = plans.get(id);
      if (plan == null) {
        return new PlanOutcome.NotFound();
      }
      var progress = progress(id);
      if (act instanceof PlanAct.Finish && progress.containsKey(PlanItem.State.PENDING)) {
        return new PlanOutcome.Already(plan);
      }
      var outcome = PlanRules.rule(plan, act, progress.containsKey(PlanItem.State.FAILED), now);
      if (outcome instanceof PlanOutcome.Moved(var moved)) {
        plans.put(id, moved);
        if (act instanceof PlanAct.Resume) {
          of(id)
              .replaceAll((_, item) ->
                  item.state() == PlanItem.State.FAILED
                      ? new PlanItem(
                          id,
                          item.device(),
                          PlanItem.State.PENDING,
                          Optional.empty(),
                          Optional.empty())
                      : item);
        }
      }
      PlanRules.event(plan, act, outcome).ifPresent(store::append);
      return outcome;
    }
  }

  @Override
  public Optional<PlanItem> retire(RetirementPlan.Id id, Owner device, Instant now) {
    synchronized (store) {
      var plan = find(id).filter(known -> known.state() == RetirementPlan.State.RUNNING);
      var item = plan.flatMap(_ -> pending(id, device));
      if (item.isEmpty()) {
        return Optional.empty();
      }
      var refusal = RetirementRules.whyNotRetire(item.get(), store.find(device));
      if (refusal.isPresent()) {
        store.append(new AuditEvent.RetirementFailed(device, id.value(), refusal.get()));
        return Optional.of(put(item.get().failed(refusal.get(), now)));
      }
      var running = plan.get();
      var outcome = store.retire(device, running.reason(), now, running.retiresAs());
      var done = put(item.get().after(outcome, now));
      if (done.state() == PlanItem.State.FAILED) {
        store.append(
            new AuditEvent.RetirementFailed(
                device, id.value(), done.result().map(PlanItem.Result::detail).orElse("")));
      }
      if (done.state() == PlanItem.State.DONE && running.wipe().isPresent()) {
        put(device, done.device().epoch(), running.wipe().get(), now, running.requester());
      }
      return Optional.of(done);
    }
  }

  @Override
  public boolean fail(RetirementPlan.Id id, Owner device, String why, Instant now) {
    synchronized (store) {
      var item = pending(id, device);
      item.ifPresent(pending -> {
        put(pending.failed(why, now));
        store.append(new AuditEvent.RetirementFailed(device, id.value(), why));
      });
      return item.isPresent();
    }
  }

  @Override
  public Optional<RetirementPlan> find(RetirementPlan.Id plan) {
    synchronized (store) {
      return Optional.ofNullable(plans.get(plan));
    }
  }

  @Override
  public Optional<RetirementPlan> findByHash(String prefix) {
    synchronized (store) {
      return plans.values().stream()
          .filter(plan -> plan.sha256().startsWith(prefix))
          .reduce((_, newer) -> newer);
    }
  }

  @Override
  public List<RetirementPlan> list(List<RetirementPlan.State> states, int limit) {
    synchronized (store) {
      return List.copyOf(plans.values()).reversed().stream()
          .filter(plan -> states.contains(plan.state()))
          .limit(limit)
          .toList();
    }
  }

  @Override
  public List<PlanItem> items(
      RetirementPlan.Id plan, Optional<PlanItem.State> state, Optional<String> after, int limit) {
    synchronized (store) {
      var all = of(plan);
      var rest = after.isPresent() ? all.tailMap(after.get(), false) : all;
      return rest.values().stream()
          .filter(item -> state.stream().allMatch(item.state()::equals))
          .limit(limit)
          .toList();
    }
  }

  @Override
  public Map<PlanItem.State, Integer> progress(RetirementPlan.Id plan) {
    synchronized (store) {
      return counted(of(plan).values().stream());
    }
  }

  @Override
  public Map<RetirementPlan.State, Integer> countPlans() {
    synchronized (store) {
      var counts = new EnumMap<RetirementPlan.State, Integer>(RetirementPlan.State.class);
      plans.values().forEach(plan -> counts.merge(plan.state(), 1, Integer::sum));
      return counts;
    }
  }

  @Override
  public Map<PlanItem.State, Integer> countItems() {
    synchronized (store) {
      return counted(all());
    }
  }

  @Override
  public Optional<PlanItem> retirement(Owner device, int epoch) {
    synchronized (store) {
      return all()
          .filter(item -> item.state() == PlanItem.State.DONE)
          .filter(item -> item.device().owner().equals(device) && item.device().epoch() == epoch)
          .findFirst();
    }
  }

  @Override
  public List<PlanItem> unseen(Optional<String> after, int limit) {
    return done(item -> item.seenAt().isEmpty(), after, limit);
  }

  @Override
  public List<PlanItem> unfinished(Optional<String> after, int limit) {
    return done(
        item ->
            item.seenAt().isPresent()
                && wipes.containsKey(identity(item))
                && !receipts.containsKey(identity(item)),
        after,
        limit);
  }

  @Override
  public void seen(Owner device, int epoch, List<SeenRevoked> certificates, Instant now) {
    synchronized (store) {
      var item = retirement(device, epoch).filter(known -> known.seenAt().isEmpty());
      item.ifPresent(known -> {
        seen.put(new Identity(device, epoch), List.copyOf(certificates));
        put(
            new PlanItem(
                known.plan(), known.device(), known.state(), known.result(), Optional.of(now)));
        store.append(new AuditEvent.RevocationSeen(device, epoch, certificates.size()));
      });
    }
  }

  @Override
  public List<SeenRevoked> seen(Owner device, int epoch) {
    synchronized (store) {
      return seen.getOrDefault(new Identity(device, epoch), List.of());
    }
  }

  @Override
  public WipeOutcome wipe(Owner device, WipeEvidence evidence, Instant now, String by) {
    synchronized (store) {
      var known = store.find(device);
      if (known.isEmpty()) {
        return new WipeOutcome.NotFound();
      }
      int epoch = known.get().epoch();
      return RetirementRules.whyNotWipe(retirement(device, epoch), receipt(device, epoch))
          .<WipeOutcome>map(WipeOutcome.Refused::new)
          .orElseGet(() -> new WipeOutcome.Recorded(put(device, epoch, evidence, now, by)));
    }
  }

  @Override
  public Optional<WipeRecord> wipe(Owner device, int epoch) {
    synchronized (store) {
      return Optional.ofNullable(wipes.get(new Identity(device, epoch)));
    }
  }

  @Override
  public List<Tombstone> tombstones(Owner device) {
    return store.tombstones(device);
  }

  @Override
  public FinishOutcome finish(StoredReceipt receipt, WipeRecord signed, String by, Instant now) {
    synchronized (store) {
      var device = receipt.owner();
      var before = receipt(device, receipt.epoch());
      if (before.isPresent()) {
        return new FinishOutcome.Already(before.get());
      }
      var known = store.find(device);
      if (known.isEmpty()) {
        return new FinishOutcome.Refused("there is no " + device);
      }
      var refusal =
          RetirementRules.whyNotFinish(
              known.get(),
              receipt.epoch(),
              retirement(device, receipt.epoch()),
              wipe(device, receipt.epoch()));
      if (refusal.isPresent()) {
        return new FinishOutcome.Refused(refusal.get());
      }
      if (wipe(device, receipt.epoch()).filter(signed::equals).isEmpty()) {
        return new FinishOutcome.Refused(FinishOutcome.OTHER_WIPE);
      }
      var why =
          new AuditEvent.RetirementFinished(
              device, receipt.epoch(), "receipt " + receipt.id() + " " + receipt.sha256(), by);
      if (store.finishRetirement(device, receipt.epoch(), now, why)
          instanceof MoveOutcome.Refused(_, _, var detail)) {
        return new FinishOutcome.Refused(detail);
      }
      receipts.put(new Identity(device, receipt.epoch()), receipt);
      return new FinishOutcome.Finished(receipt);
    }
  }

  @Override
  public Optional<StoredReceipt> receipt(Owner device, int epoch) {
    synchronized (store) {
      return Optional.ofNullable(receipts.get(new Identity(device, epoch)));
    }
  }

  @Override
  public List<StoredReceipt> receipts(
      Optional<Owner> device, Optional<StoredReceipt> after, int limit) {
    var order =
        Comparator.comparing((StoredReceipt receipt) -> receipt.owner().id())
            .thenComparingInt(StoredReceipt::epoch);
    synchronized (store) {
      return receipts.values().stream()
          .filter(receipt -> device.stream().allMatch(receipt.owner()::equals))
          .filter(receipt -> after.stream().allMatch(last -> order.compare(receipt, last) > 0))
          .sorted(order)
          .limit(limit)
          .toList();
    }
  }

  private List<PlanItem> done(Predicate<PlanItem> wanted, Optional<String> after, int limit) {
    synchronized (store) {
      return all()
          .filter(item -> item.state() == PlanItem.State.DONE)
          .filter(wanted)
          .filter(item ->
              after.stream().allMatch(last -> item.device().owner().id().compareTo(last) > 0))
          .sorted(Comparator.comparing(item -> item.device().owner().id()))
          .limit(limit)
          .toList();
    }
  }

  private WipeRecord put(Owner device, int epoch, WipeEvidence evidence, Instant now, String by) {
    var record = new WipeRecord(evidence, by, now);
    wipes.put(new Identity(device, epoch), record);
    store.append(new AuditEvent.WipeRecorded(device, epoch, evidence.words(), by));
    return record;
  }

  private Optional<PlanItem> pending(RetirementPlan.Id plan, Owner device) {
    return Optional.ofNullable(of(plan).get(device.id()))
        .filter(item -> item.state() == PlanItem.State.PENDING);
  }

  private PlanItem put(PlanItem item) {
    of(item.plan()).put(item.device().owner().id(), item);
    return item;
  }

  private NavigableMap<String, PlanItem> of(RetirementPlan.Id plan) {
    return Objects.requireNonNullElseGet(items.get(plan), TreeMap::new);
  }

  private Stream<PlanItem> all() {
    return items.values().stream().flatMap(each -> each.values().stream());
  }

  private static Identity identity(PlanItem item) {
    return new Identity(item.device().owner(), item.device().epoch());
  }

  private static Map<PlanItem.State, Integer> counted(Stream<PlanItem> items) {
    var counts = new EnumMap<PlanItem.State, Integer>(PlanItem.State.class);
    items.forEach(item -> counts.merge(item.state(), 1, Integer::sum));
    return counts;
  }
}
