package dev.nameplate.cli;

import dev.nameplate.server.admin.DecommissionApi;
import java.util.List;

/// Retirements and their receipts, as tables.
final class Receipts {

  private Receipts() {}

  static Table list(List<DecommissionApi.Receipt> receipts) {
    var table = Table.of("RECEIPT", "DEVICE", "EPOCH", "MADE", "SHA-256");
    for (var receipt : receipts) {
      table.row(
          receipt.id(), receipt.device(), receipt.epoch(), receipt.madeAt(), receipt.sha256());
    }
    return table;
  }

  static Table retirement(DecommissionApi.Retirement state) {
    var table =
        Table.pairs()
            .row("device", state.device())
            .row("epoch", state.epoch())
            .row("state", state.state());
    if (state.plan() != null) {
      table.row("plan", state.plan());
    }
    if (state.seenAt() != null) {
      table.row("seen revoked", state.seenAt());
    }
    if (state.missing() != null) {
      table.row("missing", state.missing());
    }
    if (state.receipt() != null) {
      table.row("receipt", state.receipt());
    }
    return table;
  }
}
