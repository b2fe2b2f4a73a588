package dev.nameplate.cli;

import dev.nameplate.hsm.HsmException;
import dev.nameplate.hsm.ModuleReport;
import dev.nameplate.hsm.TokenInspection;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "list",
    description = {
      "List what a PKCS#11 library says of itself, and of the slots, tokens and mechanisms in it."
          + " Nobody logs in, so no PIN is needed.",
      "",
      "Examples:",
      "  nameplate hsm list --dir np",
      "  nameplate hsm list --module /usr/lib/softhsm/libsofthsm2.so"
    })
final class HsmListCommand implements Runnable {

  @Option(
      names = "--module",
      paramLabel = "FILE",
      description = "Any PKCS#11 library, instead of those that the folder's settings name.")
  @Nullable Path module;

  @Mixin TokenOptions tokens = new TokenOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  HsmListCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    try {
      var reports = reports();
      if (json) {
        console.printJson(Map.of("items", reports));
      } else {
        reports.forEach(this::print);
      }
    } catch (HsmException unusable) {
      throw CommandFailure.error(String.valueOf(unusable.getMessage())).because(unusable);
    }
  }

  /// Of each library once, however many of its tokens are used.
  private List<ModuleReport> reports() {
    if (module != null) {
      return List.of(TokenInspection.look(module.toAbsolutePath(), Map.of()));
    }
    var reports = new LinkedHashMap<Path, ModuleReport>();
    tokens
        .tokens(console)
        .forEach(
            token -> reports.computeIfAbsent(token.module(), _ -> TokenInspection.look(token)));
    return List.copyOf(reports.values());
  }

  private void print(ModuleReport report) {
    console.print(
        Table.pairs()
            .row("module", report.module())
            .row("manufacturer", report.manufacturer())
            .row("description", report.description())
            .row("version", report.version())
            .row("PKCS#11", report.cryptoki()));
    for (var slot : report.slots()) {
      console.print("");
      var token = slot.token();
      if (token == null) {
        console.print(Table.pairs().row("slot", slot.id()).row("fault", slot.fault()));
      } else {
        print(slot, token);
      }
    }
  }

  private void print(ModuleReport.Slot slot, ModuleReport.Token token) {
    console.print(
        Table.pairs()
            .row("slot", slot.id() + ", which may change: " + slot.description())
            .row("token", token.label().isEmpty() ? "(no label)" : token.label())
            .row("serial", token.serial())
            .row("model", token.manufacturer() + ", " + token.model())
            .row("versions", "hardware " + token.hardware() + ", firmware " + token.firmware())
            .row("flags", String.join(" ", token.flags()))
            .row("PIN", token.pin())
            .row("sessions", token.sessions() + ", to write " + token.rwSessions()));
    if (!token.flags().contains("CKF_TOKEN_INITIALIZED")) {
      return;
    }
    var table = Table.of("MECHANISM", "KEY SIZES", "DOES");
    for (var offer : token.mechanisms()) {
      table.row(
          offer.name(),
          offer.largest() == 0 ? null : offer.smallest() + "-" + offer.largest(),
          String.join(", ", offer.does()));
    }
    console.print(table);
  }
}
