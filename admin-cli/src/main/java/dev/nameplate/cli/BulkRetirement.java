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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Retires many devices: shows the plan, has it kept, started, and watched to its end. The server
/// does the work: whoever stops watching stops nothing.
final class BulkRetirement {

  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final int PAGE = 1000;

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
    if (!wanted.yes || wanted.dryRun) {
      show(selected ? draft() : stored());
      return;
    }
    if (!selected) {
      start(stored());
      return;
    }
    var draft = draft();
    if (draft.devices() == 0) {
      console.say("Nothing to do: " + ended(draft) + " devices were retired before.");
      print(draft);
      return;
    }
    requireConfirmed(draft);
    start(make(draft.sha256(), false));
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
    var draft = make(null, true);
    var expected = wanted.plan;
    if (expected != null && !draft.sha256().startsWith(expected)) {
      throw CommandFailure.of(
              ExitCode.CONFLICT, "that would be another plan by now: " + draft.sha256())
          .next("Look at it with --dry-run.");
    }
    return draft;
  }

  private DecommissionApi.Plan make(@Nullable String sha256, boolean dryRun) {
    return client.post(
        DecommissionApi.Plan.class,
        new DecommissionApi.NewPlan(
            wanted.where == null ? names() : null,
            wanted.where,
            wanted.reason.reason.rfcName(),
            wanted.note,
            wanted.wipe.said().orElse(null),
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
    if (ended(plan) > 0) {
      console.say(ended(plan) + " more devices were retired before.");
    }
    if (plan.devices() > 0) {
      console.say(
          "Nothing was done. To do it: the same command with --yes --confirm " + plan.devices());
    }
  }

  private void requireConfirmed(DecommissionApi.Plan plan) {
    var confirmed = wanted.confirm;
    if (confirmed == null || confirmed != plan.devices()) {
      throw CommandFailure.of(
              confirmed == null ? ExitCode.USAGE : ExitCode.CONFLICT,
              "that would retire " + plan.devices() + " devices; nothing was done")
          .next("To do it: --yes --confirm " + plan.devices());
    }
  }

  private void start(DecommissionApi.Plan plan) {
    requireConfirmed(plan);
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
                      plan.sha256(), wanted.confirm, wanted.rate.perSecond()),
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
          .next("Run the same command again to go on waiting.");
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

  private static int ended(DecommissionApi.Plan plan) {
    var ended = plan.ended();
    return ended == null ? 0 : ended.size();
  }
}
