package dev.nameplate.cli;

import dev.nameplate.server.admin.DecommissionApi;
import java.util.List;

/// Plans to retire devices, as tables.
final class Plans {

  private Plans() {}

  static Table list(List<DecommissionApi.Plan> plans) {
    var table =
        Table.of("ID", "STATE", "DEVICES", "RETIRED", "FAILED", "REQUESTER", "MADE", "UNTIL");
    for (var plan : plans) {
      var progress = plan.progress();
      table.row(
          plan.id(),
          plan.state(),
          plan.devices(),
          progress == null ? null : progress.retired(),
          progress == null ? null : progress.failed(),
          plan.requester(),
          plan.madeAt(),
          plan.expiresAt());
    }
    return table;
  }

  static Table one(DecommissionApi.Plan plan) {
    var table = Table.pairs();
    if (plan.id() != null) {
      table.row("plan", plan.id());
    }
    table
        .row("state", plan.state())
        .row("SHA-256", plan.sha256())
        .row("reason", plan.reason())
        .row("devices", plan.devices())
        .row("certificates", plan.certificates())
        .row("approval", approval(plan));
    if (!plan.note().isEmpty()) {
      table.row("note", plan.note());
    }
    var wipe = plan.wipe();
    if (wipe != null) {
      table.row("wipe", wipe.waiver() != null ? "waived: " + wipe.waiver() : wipe.method());
    }
    if (plan.requester() != null) {
      table.row("requester", plan.requester()).row("until", plan.expiresAt());
    }
    var progress = plan.progress();
    if (progress != null) {
      table
          .row("pending", progress.pending())
          .row("retired", progress.retired())
          .row("already", progress.already())
          .row("failed", progress.failed());
    }
    return table;
  }

  static Table devices(List<DecommissionApi.PlanDevice> devices) {
    var table = Table.of("DEVICE", "RESULT", "AT", "REVOKED", "SEEN", "RECEIPT", "DETAIL");
    for (var device : devices) {
      table.row(
          device.device(),
          device.result(),
          device.at(),
          device.revoked(),
          device.seenAt(),
          device.receipt(),
          device.detail());
    }
    return table;
  }

  private static String approval(DecommissionApi.Plan plan) {
    if (plan.decidedBy() != null) {
      return plan.decisionReason() == null
          ? "by " + plan.decidedBy()
          : "denied by " + plan.decidedBy() + ": " + plan.decisionReason();
    }
    return plan.needsApproval() ? "needed, by somebody else" : "not needed";
  }
}
