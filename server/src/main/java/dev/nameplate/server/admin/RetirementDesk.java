package dev.nameplate.server.admin;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.retirement.Draft;
import dev.nameplate.ca.retirement.Planning;
import dev.nameplate.ca.retirement.Receipts;
import dev.nameplate.ca.store.DeviceFilter;
import dev.nameplate.ca.store.DeviceWhere;
import dev.nameplate.ca.store.FinishOutcome;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.PlanAct;
import dev.nameplate.ca.store.PlanDocument;
import dev.nameplate.ca.store.PlanItem;
import dev.nameplate.ca.store.PlanOutcome;
import dev.nameplate.ca.store.PlannedDevice;
import dev.nameplate.ca.store.RetirementPlan;
import dev.nameplate.ca.store.RetirementRules;
import dev.nameplate.ca.store.RetirementStore;
import dev.nameplate.ca.store.StoredReceipt;
import dev.nameplate.ca.store.WipeEvidence;
import dev.nameplate.ca.store.WipeOutcome;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What operators do to take devices out of service: plan, decide, carry out, give evidence. What
/// cannot be is a [ProblemException].
public final class RetirementDesk {

  private static final int LONGEST_NOTE = 500;
  private static final int NAMED = 5;
  private static final int USUAL_RATE = 20;
  private static final int PAGE = 1000;

  /// What clocks may differ by.
  private static final Duration SKEW = Duration.ofMinutes(5);

  private static final Pattern HASH = Pattern.compile("[0-9a-f]{12,64}");

  private final OwnerStore owners;
  private final RetirementStore retirements;
  private final Planning planning;
  private final Receipts receipts;
  private final InstantSource clock;
  private final Function<Owner, Optional<String>> whyUnseen;

  /// @param whyUnseen why a device's certificates were not seen revoked, as far as this node knows
  public RetirementDesk(
      OwnerStore owners,
      RetirementStore retirements,
      Planning planning,
      Receipts receipts,
      InstantSource clock,
      Function<Owner, Optional<String>> whyUnseen) {
    this.owners = owners;
    this.retirements = retirements;
    this.planning = planning;
    this.receipts = receipts;
    this.clock = clock;
    this.whyUnseen = whyUnseen;
  }

  /// A draft in a dry run, else a plan that is kept: the requester's own, if it is open and the
  /// same.
  DecommissionApi.Plan plan(DecommissionApi.NewPlan wanted, Operator operator, Places places) {
    var selected = selected(wanted, operator, places);
    var made =
        draft(
            selected,
            Parameters.reason(wanted.reason()),
            wanted.note(),
            wanted.wipe(),
            operator.getName());
    var own = open(made, wanted.wipe(), operator.getName());
    var draft = own.map(plan -> asIn(made, plan)).orElse(made);
    var expected = wanted.planSha256();
    if (expected != null && !draft.sha256().equals(expected)) {
      throw ProblemException.conflict(
          "plan_changed",
          "that would be another plan by now, "
              + draft.sha256()
              + " with "
              + draft.devices().size()
              + " devices: look at it first");
    }
    if (Boolean.TRUE.equals(wanted.dryRun()) || draft.devices().isEmpty()) {
      return view(draft);
    }
    return view(
        own.orElseGet(() -> planning.keep(draft, operator.getName())), names(draft.ended()));
  }

  /// The requester's own plan that is just this, and has not come to its end: asked for again, it
  /// goes on. A wipe without a time is the same at any time.
  private Optional<RetirementPlan> open(
      Draft draft, DecommissionApi.@Nullable Wipe wipe, String by) {
    boolean timed = wipe == null || wipe.at() != null;
    var now = clock.instant();
    return retirements
        .list(
            Stream.of(RetirementPlan.State.values()).filter(state -> !state.isEnded()).toList(),
            PAGE)
        .stream()
        .filter(plan -> plan.requester().equals(by) && !plan.isOverAt(now))
        .filter(plan -> plan.sha256().equals((timed ? draft : asIn(draft, plan)).sha256()))
        .findFirst();
  }

  /// As wiped when the plan says so, if that is all the difference, and approved as it has to be.
  private static Draft asIn(Draft draft, RetirementPlan plan) {
    boolean same =
        plan.wipe().orElse(null) instanceof WipeEvidence.Wiped then
            && draft.wipe().orElse(null) instanceof WipeEvidence.Wiped now
            && then.equals(now.at(then.at()));
    var wipe = same ? plan.wipe() : draft.wipe();
    return new Draft(
        draft.reason(),
        draft.note(),
        wipe,
        draft.devices(),
        PlanDocument.sha256(draft.reason(), draft.note(), wipe, draft.devices()),
        draft.ended(),
        draft.unknown(),
        plan.needsApproval());
  }

  private Draft draft(
      List<Owner> devices,
      RevocationReason reason,
      @Nullable String note,
      DecommissionApi.@Nullable Wipe wipe,
      String by) {
    var text = note == null ? "" : note.strip();
    if (text.length() > LONGEST_NOTE) {
      throw ProblemException.invalid("note: longer than " + LONGEST_NOTE + " characters");
    }
    try {
      var draft = planning.draft(devices, reason, text, evidence(wipe), by);
      if (!draft.unknown().isEmpty()) {
        var some = draft.unknown().stream().limit(NAMED).map(Owner::id).toList();
        throw ProblemException.notFound(
            "there is no device %s%s; nothing was planned"
                .formatted(
                    String.join(", ", some),
                    draft.unknown().size() > NAMED
                        ? " (and " + (draft.unknown().size() - NAMED) + " more)"
                        : ""));
      }
      return draft;
    } catch (IllegalArgumentException impossible) {
      throw ProblemException.invalid(String.valueOf(impossible.getMessage()));
    }
  }

  List<DecommissionApi.Plan> plans(@Nullable String state, Operator operator) {
    var states =
        Parameters.state(RetirementPlan.State.class, state)
            .map(List::of)
            .orElse(List.of(RetirementPlan.State.values()));
    return retirements.list(states, PAGE).stream()
        .filter(plan -> isWithin(plan, operator))
        .map(plan -> view(plan, null))
        .toList();
  }

  /// @param id its id, or how its SHA-256 begins
  DecommissionApi.Plan show(String id, Operator operator) {
    return view(find(id, operator), null);
  }

  DecommissionApi.PlanDevices devices(
      String id,
      @Nullable String result,
      @Nullable String after,
      @Nullable String limit,
      Operator operator) {
    int most = Parameters.limit(limit);
    var plan = find(id, operator);
    var state = Optional.ofNullable(result).map(RetirementDesk::state);
    var page = retirements.items(plan.id(), state, Optional.ofNullable(after), most);
    return new DecommissionApi.PlanDevices(
        page.stream().map(this::view).toList(),
        page.size() < most ? null : page.getLast().device().owner().id());
  }

  DecommissionApi.PlanMoved start(String id, DecommissionApi.StartPlan wanted, Operator operator) {
    var plan = find(id, operator);
    var confirm = wanted.confirm();
    if (confirm == null || confirm != plan.devices()) {
      throw ProblemException.conflict(
          "not_confirmed",
          "plan " + plan.id() + " has " + plan.devices() + " devices; confirm that number");
    }
    int rate = wanted.rate() == null ? USUAL_RATE : wanted.rate();
    if (rate < 1 || rate > RetirementPlan.FASTEST) {
      throw ProblemException.invalid(
          "rate: " + rate + " is not 1 to " + RetirementPlan.FASTEST + " a second");
    }
    return act(
        plan,
        new PlanAct.Start(
            Parameters.required("sha256", wanted.sha256()), rate, operator.getName()));
  }

  DecommissionApi.PlanMoved grant(String id, DecommissionApi.Decide wanted, Operator operator) {
    return act(
        find(id, operator),
        new PlanAct.Grant(Parameters.required("sha256", wanted.sha256()), operator.getName()));
  }

  DecommissionApi.PlanMoved deny(String id, DecommissionApi.Decide wanted, Operator operator) {
    var reason = Parameters.required("reason", wanted.reason()).strip();
    if (reason.length() > LONGEST_NOTE) {
      throw ProblemException.invalid("reason: longer than " + LONGEST_NOTE + " characters");
    }
    return act(
        find(id, operator),
        new PlanAct.Deny(
            Parameters.required("sha256", wanted.sha256()), reason, operator.getName()));
  }

  DecommissionApi.PlanMoved pause(String id, Operator operator) {
    return act(find(id, operator), new PlanAct.Pause(operator.getName()));
  }

  DecommissionApi.PlanMoved resume(String id, Operator operator) {
    return act(find(id, operator), new PlanAct.Resume(operator.getName()));
  }

  DecommissionApi.PlanMoved cancel(String id, Operator operator) {
    return act(find(id, operator), new PlanAct.Cancel(operator.getName()));
  }

  /// One device, now: a plan like any other, that is started and carried out at once. Empty if the
  /// device was retired before.
  Optional<PlanItem> retire(String id, DecommissionApi.Retire wanted, String by) {
    var device = new DeviceId(Parameters.deviceId(id).value()).owner();
    var reason = Parameters.reason(wanted.reason());
    if (reason == RevocationReason.CERTIFICATE_HOLD) {
      throw ProblemException.invalid(
          "reason: a retirement is for good; hold its certificates instead");
    }
    var draft = draft(List.of(device), reason, wanted.note(), wanted.wipe(), by);
    if (draft.devices().isEmpty()) {
      requireRetired(known(id));
      return Optional.empty();
    }
    var plan = open(draft, wanted.wipe(), by).orElseGet(() -> planning.keep(draft, by));
    if (plan.state() == RetirementPlan.State.WAITING) {
      throw pending(plan);
    }
    // as it is stored
    var now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    var _ = act(plan, new PlanAct.Start(plan.sha256(), USUAL_RATE, by));
    var done = retirements.retire(plan.id(), device, now);
    var _ = retirements.act(plan.id(), new PlanAct.Finish(by), clock.instant());
    // the job may have been faster
    var item =
        done.or(() ->
            retirements.items(plan.id(), Optional.empty(), Optional.empty(), 1).stream()
                .findFirst());
    item.filter(each -> each.state() == PlanItem.State.FAILED)
        .flatMap(PlanItem::result)
        .ifPresent(why -> {
          throw ProblemException.conflict("not_retired", device + ": " + why.detail());
        });
    return item.filter(each -> each.state() == PlanItem.State.DONE);
  }

  /// What was never in service is taken back, too, but was not retired.
  private static void requireRetired(OwnerRecord device) {
    switch (device.state()) {
      case RETIRING, RETIRED -> {}
      case REGISTERED, ENROLLED, ACTIVE, SUSPENDED, CANCELLED, PURGED ->
          throw ProblemException.conflict(
              "illegal_transition",
              device.owner() + " is " + device.state().word() + " and cannot be retired");
    }
  }

  /// Keeps evidence, and finishes the retirement if nothing else is missing.
  DecommissionApi.Retirement wipe(String id, DecommissionApi.Wipe wanted, String by) {
    var device = known(id);
    var evidence =
        evidence(wanted)
            .orElseThrow(() -> ProblemException.invalid("a method or a waiver is needed"));
    switch (retirements.wipe(device.owner(), evidence, clock.instant(), by)) {
      case WipeOutcome.Recorded _ -> {
        // what is missing still is said below, and looked for by the job
        switch (receipts.finish(device.owner(), device.epoch(), by)) {
          case FinishOutcome.Finished _, FinishOutcome.Already _, FinishOutcome.Refused _ -> {}
        }
      }
      case WipeOutcome.Refused(var why) ->
          throw ProblemException.conflict("not_retiring", device.owner() + ": " + why);
      case WipeOutcome.NotFound() -> throw unknown(device.owner());
    }
    return retirement(id);
  }

  DecommissionApi.Retirement retirement(String id) {
    var device = known(id);
    var item = retirements.retirement(device.owner(), device.epoch());
    var wipe = retirements.wipe(device.owner(), device.epoch());
    var receipt = retirements.receipt(device.owner(), device.epoch());
    return new DecommissionApi.Retirement(
        device.owner().id(),
        device.epoch(),
        Parameters.word(device.state()),
        item.map(each -> each.plan().value()).orElse(null),
        item.flatMap(PlanItem::seenAt).orElse(null),
        wipe.map(record -> view(record.evidence())).orElse(null),
        receipt.isPresent()
            ? null
            : RetirementRules.whyNotFinish(device, device.epoch(), item, wipe)
                .map(missing ->
                    whyUnseen
                        .apply(device.owner())
                        .filter(_ -> item.flatMap(PlanItem::seenAt).isEmpty())
                        .map(why -> missing + " (" + why + ")")
                        .orElse(missing))
                .orElse(null),
        receipt.map(StoredReceipt::id).orElse(null));
  }

  DecommissionApi.ReceiptPage receipts(
      @Nullable String device, @Nullable String after, @Nullable String limit) {
    int most = Parameters.limit(limit);
    var page =
        retirements.receipts(
            Optional.ofNullable(device).map(Parameters::deviceId).map(DeviceId::owner),
            Optional.ofNullable(after).map(this::stored),
            most);
    return new DecommissionApi.ReceiptPage(
        page.stream().map(receipt -> view(receipt, false)).toList(),
        page.size() < most ? null : page.getLast().id());
  }

  DecommissionApi.Receipt receipt(String id) {
    return view(stored(id), true);
  }

  private StoredReceipt stored(String id) {
    int dot = id.lastIndexOf('.');
    try {
      if (dot > 0) {
        var found =
            retirements.receipt(
                new DeviceId(id.substring(0, dot)).owner(),
                Integer.parseInt(id.substring(dot + 1)));
        if (found.isPresent()) {
          return found.get();
        }
      }
    } catch (IllegalArgumentException noId) {
      throw ProblemException.notFound("there is no receipt " + id);
    }
    throw ProblemException.notFound("there is no receipt " + id);
  }

  private OwnerRecord known(String id) {
    var owner = Parameters.deviceId(id).owner();
    return owners.find(owner).orElseThrow(() -> unknown(owner));
  }

  private static ProblemException unknown(Owner owner) {
    return ProblemException.notFound("there is no device " + owner.id());
  }

  /// What is out of reach is not there.
  private RetirementPlan find(String id, Operator operator) {
    var text = id.toLowerCase(Locale.ROOT);
    var found =
        HASH.matcher(text).matches()
            ? retirements.findByHash(text)
            : retirements.find(Parameters.value("id", id, RetirementPlan.Id::new));
    return found
        .filter(plan -> isWithin(plan, operator))
        .orElseThrow(
            () -> ProblemException.notFound("there is no plan " + id + "; a dry run keeps none"));
  }

  private DecommissionApi.PlanMoved act(RetirementPlan plan, PlanAct act) {
    return switch (retirements.act(plan.id(), act, clock.instant())) {
      case PlanOutcome.Moved(var moved) -> new DecommissionApi.PlanMoved(view(moved, null), false);
      case PlanOutcome.Already(var same) -> new DecommissionApi.PlanMoved(view(same, null), true);
      case PlanOutcome.Refused(_, var code, var detail) -> {
        if ("own_plan".equals(code)) {
          throw ProblemException.forbidden(detail);
        }
        throw ProblemException.conflict(code, detail);
      }
      case PlanOutcome.NotFound() ->
          throw ProblemException.notFound("there is no plan " + plan.id());
    };
  }

  private static ProblemException pending(RetirementPlan plan) {
    return ProblemException.conflict(
        "approval_pending",
        "plan %s needs the approval of somebody else than %s: with the other plans of a day it retires more devices than one person may. What cannot wait can be suspended"
            .formatted(plan.id(), plan.requester()));
  }

  private static boolean isWithin(RetirementPlan plan, Operator operator) {
    return operator.reach().isEverywhere() || plan.requester().equals(operator.getName());
  }

  // What is selected

  /// What is out of reach is not there.
  private List<Owner> selected(DecommissionApi.NewPlan wanted, Operator operator, Places places) {
    var names = wanted.devices();
    var where = wanted.where();
    if ((names == null) == (where == null)) {
      throw ProblemException.invalid("either devices or where is needed");
    }
    if (names != null) {
      var devices = names.stream().map(Parameters::deviceId).map(DeviceId::owner).toList();
      if (!operator.reach().isEverywhere()) {
        for (var device : devices) {
          if (places.ofOwner(device).filter(operator.reach()::includes).isEmpty()) {
            throw unknown(device);
          }
        }
      }
      return devices;
    }
    return matching(
            Parameters.value("where", Parameters.required("where", where), DeviceWhere::parse))
        .stream()
        .filter(record ->
            operator.reach().isEverywhere() || operator.reach().includes(places.of(record)))
        .map(OwnerRecord::owner)
        .toList();
  }

  private List<OwnerRecord> matching(DeviceFilter filter) {
    var found = new ArrayList<OwnerRecord>();
    var after = Optional.<String>empty();
    do {
      var page = owners.search(filter, after, PAGE);
      found.addAll(page.items());
      if (found.size() > Planning.MOST_DEVICES) {
        throw ProblemException.invalid(
            "where: more than " + Planning.MOST_DEVICES + " devices; a plan has at most so many");
      }
      after = page.next();
    } while (after.isPresent());
    return found;
  }

  // Views

  private Optional<WipeEvidence> evidence(DecommissionApi.@Nullable Wipe wipe) {
    // as it is stored, so that its plan keeps its hash
    var now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    if (wipe == null) {
      return Optional.empty();
    }
    var method = wipe.method();
    var waiver = wipe.waiver();
    if ((method == null) == (waiver == null)) {
      throw ProblemException.invalid("wipe: either a method or a waiver is needed");
    }
    var at = wipe.at();
    if (at != null && at.isAfter(now.plus(SKEW))) {
      throw ProblemException.invalid("wipe: at " + at + " is in the future");
    }
    try {
      if (waiver != null) {
        return Optional.of(new WipeEvidence.Waived(waiver.strip()));
      }
      return Optional.of(
          new WipeEvidence.Wiped(
              WipeEvidence.Method.of(Parameters.required("method", method)),
              Parameters.required("tool", wipe.tool()).strip(),
              Parameters.required("verified_by", wipe.verifiedBy()).strip(),
              at == null ? now : at.truncatedTo(ChronoUnit.MICROS),
              Optional.ofNullable(wipe.serial()),
              Optional.ofNullable(wipe.fileSha256())));
    } catch (IllegalArgumentException wrong) {
      throw ProblemException.invalid("wipe: " + wrong.getMessage());
    }
  }

  private static DecommissionApi.Wipe view(WipeEvidence evidence) {
    return switch (evidence) {
      case WipeEvidence.Wiped wiped ->
          new DecommissionApi.Wipe(
              wiped.method().text(),
              wiped.tool(),
              wiped.verifiedBy(),
              wiped.at(),
              wiped.serial().orElse(null),
              wiped.fileSha256().orElse(null),
              null);
      case WipeEvidence.Waived(var reason) ->
          new DecommissionApi.Wipe(null, null, null, null, null, null, reason);
    };
  }

  private static DecommissionApi.Plan view(Draft draft) {
    return new DecommissionApi.Plan(
        null,
        "draft",
        draft.sha256(),
        draft.reason().rfcName(),
        draft.note(),
        draft.wipe().map(RetirementDesk::view).orElse(null),
        draft.devices().size(),
        draft.certificates(),
        names(draft.ended()),
        draft.needsApproval(),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  private DecommissionApi.Plan view(RetirementPlan plan, @Nullable List<String> ended) {
    boolean over = plan.isOverAt(clock.instant());
    return new DecommissionApi.Plan(
        plan.id().value(),
        switch (plan.state()) {
          case WAITING, READY, PAUSED -> over ? "expired" : Parameters.word(plan.state());
          case RUNNING, DONE, CANCELLED, DENIED -> Parameters.word(plan.state());
        },
        plan.sha256(),
        plan.reason().rfcName(),
        plan.note(),
        plan.wipe().map(RetirementDesk::view).orElse(null),
        plan.devices(),
        plan.certificates(),
        ended,
        plan.needsApproval(),
        plan.requester(),
        plan.madeAt(),
        plan.expiresAt(),
        plan.rate(),
        plan.decision().map(RetirementPlan.Decision::by).orElse(null),
        plan.decision().map(RetirementPlan.Decision::at).orElse(null),
        plan.decision().flatMap(RetirementPlan.Decision::reason).orElse(null),
        plan.startedBy().orElse(null),
        progress(plan));
  }

  private DecommissionApi.Progress progress(RetirementPlan plan) {
    var counts = retirements.progress(plan.id());
    return new DecommissionApi.Progress(
        counts.getOrDefault(PlanItem.State.PENDING, 0),
        counts.getOrDefault(PlanItem.State.DONE, 0),
        counts.getOrDefault(PlanItem.State.ALREADY, 0),
        counts.getOrDefault(PlanItem.State.FAILED, 0));
  }

  private DecommissionApi.PlanDevice view(PlanItem item) {
    PlannedDevice device = item.device();
    var result = item.result();
    return new DecommissionApi.PlanDevice(
        device.owner().id(),
        device.epoch(),
        word(item.state()),
        result.map(PlanItem.Result::at).orElse(null),
        result.map(PlanItem.Result::revoked).orElse(null),
        result.map(PlanItem.Result::abandoned).orElse(null),
        result.map(PlanItem.Result::burned).orElse(null),
        result.map(PlanItem.Result::unplanned).filter(some -> !some.isEmpty()).orElse(null),
        result.map(PlanItem.Result::detail).filter(text -> !text.isEmpty()).orElse(null),
        item.seenAt().orElse(null),
        item.state() == PlanItem.State.DONE
            ? retirements
                .receipt(device.owner(), device.epoch())
                .map(StoredReceipt::id)
                .orElse(null)
            : null);
  }

  private static String word(PlanItem.State state) {
    return switch (state) {
      case PENDING -> "pending";
      case DONE -> "retired";
      case ALREADY -> "already";
      case FAILED -> "failed";
    };
  }

  private static PlanItem.State state(String word) {
    for (var state : PlanItem.State.values()) {
      if (word(state).equals(word)) {
        return state;
      }
    }
    throw ProblemException.invalid(
        "result: '" + word + "' is none of pending, retired, already, failed");
  }

  private static DecommissionApi.Receipt view(StoredReceipt receipt, boolean whole) {
    return new DecommissionApi.Receipt(
        receipt.id(),
        receipt.owner().id(),
        receipt.epoch(),
        receipt.madeAt(),
        receipt.sha256(),
        whole ? receipt.jws() : null);
  }

  private static List<String> names(List<Owner> devices) {
    return devices.stream().map(Owner::id).toList();
  }
}
