package dev.nameplate.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import dev.nameplate.server.admin.DecommissionApi;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Retires many devices: shows the plan, has it kept, started, and watched to its end. The server
/// does the work: whoever stops watching stops nothing.
final class BulkRetirement {

  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final int PAGE = 1000;
  private static final Set<String> BEGUN = Set.of("running", "paused", "done");

  private final Console console;
  private final AdminClient client;
  private final DeviceRetireCommand wanted;
  private final boolean json;

  BulkRetirement(Console console, AdminClient client, DeviceRetireCommand wanted, boolean json) {
    this.console = console;
    this.client = client;
    this.wanted = wanted;
    this.json = json;
  }

  void run() {
    var selected = selection();
    if (wanted.dryRun) {
      show(selected ? draft() : stored());
      return;
    }
    if (!selected) {
      var plan = stored();
      requireConfirmed(plan);
      start(plan);
      return;
    }
    var draft = make(null, true, wanted.wipe.said());
    var begun = begun(draft);
    if (draft.devices() == 0) {
      console.say("Nothing to do: " + ended(draft).size() + " devices were retired before.");
    }
    if (begun.isPresent()) {
      var plan = begun.get();
      console.say("That is plan " + plan.id() + ": going on with it.");
      finish(watched(Objects.requireNonNull(plan.id())));
      return;
    }
    if (draft.devices() == 0) {
      print(draft);
      requireNothingMoreIsWanted();
      return;
    }
    requireSame(draft);
    requireConfirmed(draft);
    start(make(draft.sha256(), false, Optional.ofNullable(draft.wipe())));
  }

  /// The newest plan that has begun to retire just what was selected: whoever says the same again
  /// wants to see its end. Nothing is started for that.
  private Optional<DecommissionApi.Plan> begun(DecommissionApi.Plan draft) {
    var ended = new HashSet<>(ended(draft));
    if (ended.isEmpty()) {
      return Optional.empty();
    }
    return client.get(DecommissionApi.Plans.class, "plans").items().stream()
        .filter(plan -> BEGUN.contains(plan.state()))
        .filter(plan -> wanted.confirmation.isMeant(plan.devices()))
        .filter(plan -> plan.reason().equals(draft.reason()) && plan.note().equals(draft.note()))
        .filter(this::isAsked)
        .filter(plan -> isSelected(plan, draft.devices(), ended))
        .findFirst();
  }

  private boolean isAsked(DecommissionApi.Plan plan) {
    var asked = wanted.plan;
    return asked == null
        || plan.sha256().startsWith(asked)
        || asked.equalsIgnoreCase(String.valueOf(plan.id()));
  }

  /// Whether what it has retired was selected, and what it has not is what is left.
  private boolean isSelected(DecommissionApi.Plan plan, int left, Set<String> ended) {
    var progress = Objects.requireNonNull(plan.progress());
    if (progress.pending() + progress.failed() != left) {
      return false;
    }
    var retired =
        devices(
            Objects.requireNonNull(plan.id()),
            device -> !device.result().equals("pending") && !device.result().equals("failed"));
    return !retired.isEmpty()
        && retired.stream().allMatch(device -> ended.contains(device.device()));
  }

  /// They were retired by several plans, or one by one: there is none whose end could be waited
  /// for.
  private void requireNothingMoreIsWanted() {
    if (!wanted.wait.places.isEmpty() || wanted.results != null) {
      throw CommandFailure.of(
              ExitCode.CONFLICT, "no plan is just this: there is nothing to wait for or to write")
          .next("Name the plan: nameplate plan list; then --plan PLAN without devices.");
    }
  }

  private boolean selection() {
    boolean names = !wanted.devices.isEmpty() || wanted.file != null;
    if (names && wanted.where != null) {
      throw CommandFailure.of(ExitCode.USAGE, "either devices or --where, not both");
    }
    if (!names && wanted.where == null && wanted.plan == null) {
      throw CommandFailure.of(
          ExitCode.USAGE, "which devices? Name some, or give --file or --where");
    }
    return names || wanted.where != null;
  }

  /// What was selected, as it is now.
  private DecommissionApi.Plan draft() {
    var draft = make(null, true, wanted.wipe.said());
    requireSame(draft);
    return draft;
  }

  private void requireSame(DecommissionApi.Plan draft) {
    var expected = wanted.plan;
    if (expected != null && !draft.sha256().startsWith(expected)) {
      throw CommandFailure.of(
              ExitCode.CONFLICT, "that would be another plan by now: " + draft.sha256())
          .next("Look at it with --dry-run.");
    }
  }

  private DecommissionApi.Plan make(
      @Nullable String sha256, boolean dryRun, Optional<DecommissionApi.Wipe> wipe) {
    return client.post(
        DecommissionApi.Plan.class,
        new DecommissionApi.NewPlan(
            wanted.where == null ? names() : null,
            wanted.where,
            wanted.reason.reason.rfcName(),
            wanted.note,
            wipe.orElse(null),
            dryRun,
            sha256),
        "plans");
  }

  private List<String> names() {
    var names = new ArrayList<String>();
    wanted.devices.forEach(device -> names.add(device.value()));
    if (wanted.file != null) {
      names.addAll(named(wanted.file));
    }
    return names;
  }

  /// The first column; a head is known by its name.
  private static List<String> named(Path file) {
    var names = new ArrayList<String>();
    for (var line : Inputs.text(file).lines().toList()) {
      var first = line.split("[,;\t]", 2)[0].strip().replaceAll("^\"|\"$", "");
      boolean head = names.isEmpty() && (first.equals("id") || first.equals("device"));
      if (!first.isEmpty() && !first.startsWith("#") && !head) {
        try {
          names.add(new DeviceId(first).value());
        } catch (IllegalArgumentException wrong) {
          throw CommandFailure.of(ExitCode.USAGE, file + ": " + wrong.getMessage());
        }
      }
    }
    return names;
  }

  private DecommissionApi.Plan stored() {
    return client.get(DecommissionApi.Plan.class, "plans", Objects.requireNonNull(wanted.plan));
  }

  private void show(DecommissionApi.Plan plan) {
    print(plan);
    int ended = ended(plan).size();
    if (ended > 0) {
      console.say(ended + " more devices were retired before.");
    }
    if (plan.devices() > 0) {
      console.say(
          "Nothing was done. To do it: --yes --confirm %d instead of --dry-run."
              .formatted(plan.devices()));
    }
  }

  /// Whoever is asked sees first what it is about.
  private void requireConfirmed(DecommissionApi.Plan plan) {
    if (!wanted.confirmation.isGiven() && !json) {
      console.print(Plans.one(plan));
    }
    wanted.confirmation.require(
        console,
        "retire %d %s".formatted(plan.devices(), plan.devices() == 1 ? "device" : "devices"),
        plan.devices());
  }

  private void start(DecommissionApi.Plan plan) {
    var id = Objects.requireNonNull(plan.id());
    if (plan.state().equals("waiting")) {
      print(plan);
      throw CommandFailure.of(
              ExitCode.APPROVAL,
              "plan " + id + " waits for the approval of somebody else than " + plan.requester())
          .next("They run: nameplate approval grant " + id);
    }
    if (!plan.state().equals("running") && !plan.state().equals("done")) {
      plan =
          client
              .post(
                  DecommissionApi.PlanMoved.class,
                  new DecommissionApi.StartPlan(
                      plan.sha256(),
                      plan.devices(),
                      wanted.rate == null ? null : wanted.rate.perSecond()),
                  "plans",
                  id,
                  "start")
              .plan();
    }
    finish(watched(id));
  }

  /// To its end, or until somebody stops it.
  private DecommissionApi.Plan watched(String id) {
    var said = "";
    while (true) {
      var plan = client.get(DecommissionApi.Plan.class, "plans", id);
      var progress = Objects.requireNonNull(plan.progress());
      var now =
          "%d of %d, failed: %d"
              .formatted(plan.devices() - progress.pending(), plan.devices(), progress.failed());
      if (!now.equals(said)) {
        console.say(now);
        said = now;
      }
      if (!plan.state().equals("running")) {
        return plan;
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private void finish(DecommissionApi.Plan plan) {
    var id = Objects.requireNonNull(plan.id());
    boolean seen = wanted.wait.places.isEmpty() || awaitSight(id);
    var devices = devices(id, _ -> true);
    if (wanted.results != null) {
      write(wanted.results, devices);
    }
    print(plan);
    var progress = Objects.requireNonNull(plan.progress());
    if (progress.failed() > 0 || progress.pending() > 0) {
      devices.stream()
          .filter(device -> device.result().equals("failed"))
          .limit(20)
          .forEach(device -> console.say("  " + device.device() + ": " + device.detail()));
      throw CommandFailure.of(
              ExitCode.PARTIAL,
              "plan %s is %s; retired: %d, failed: %d, not begun: %d"
                  .formatted(
                      id, plan.state(), progress.retired(), progress.failed(), progress.pending()))
          .next("To try again what is left: nameplate plan resume " + id);
    }
    if (!seen) {
      throw CommandFailure.of(
              ExitCode.TIMEOUT, "retired, but the server has not seen all of it revoked yet")
          .next(
              "Run the same command again to go on waiting, or with --plan "
                  + id
                  + " instead of the devices.");
    }
  }

  /// Until the server has seen at the public URLs that all certificates are revoked.
  private boolean awaitSight(String id) {
    var clock = InstantSource.system();
    var end = clock.instant().plus(wanted.wait.timeout);
    var said = -1;
    while (true) {
      int unseen =
          devices(id, device -> device.result().equals("retired") && device.seenAt() == null)
              .size();
      if (unseen == 0) {
        return true;
      }
      if (unseen != said) {
        console.say("Not seen revoked by OCSP and CRL yet: " + unseen);
        said = unseen;
      }
      if (clock.instant().isAfter(end)) {
        return false;
      }
      LockSupport.parkNanos(PAUSE.multipliedBy(2).toNanos());
    }
  }

  private List<DecommissionApi.PlanDevice> devices(
      String id, Predicate<DecommissionApi.PlanDevice> which) {
    var all = new ArrayList<DecommissionApi.PlanDevice>();
    @Nullable String after = null;
    do {
      var query = new HashMap<String, @Nullable Object>();
      query.put("after", after);
      query.put("limit", PAGE);
      var page = client.get(DecommissionApi.PlanDevices.class, query, "plans", id, "devices");
      page.items().stream().filter(which).forEach(all::add);
      after = page.next();
    } while (after != null);
    return all;
  }

  private static void write(Path file, List<DecommissionApi.PlanDevice> devices) {
    var mapper = AdminApi.json();
    var lines = new StringBuilder();
    try {
      for (var device : devices) {
        lines.append(mapper.writeValueAsString(device)).append('\n');
      }
      Files.writeString(file, lines, StandardCharsets.UTF_8);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a value that is no JSON", impossible);
    } catch (IOException failed) {
      throw CommandFailure.error(file + " cannot be written").because(failed);
    }
  }

  private void print(DecommissionApi.Plan plan) {
    if (json) {
      var answer = new LinkedHashMap<String, Object>();
      answer.put("plan", plan);
      console.printJson(answer);
    } else {
      console.print(Plans.one(plan));
    }
  }

  private static List<String> ended(DecommissionApi.Plan plan) {
    var ended = plan.ended();
    return ended == null ? List.of() : ended;
  }
}
