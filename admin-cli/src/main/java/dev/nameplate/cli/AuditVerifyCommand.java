package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "verify",
    description = {
      "Have the server check its whole audit log: every row's hash, and that none is missing, moved"
          + " or added. Ends with 1, and names the row, if it is not intact.",
      "",
      "Example:",
      "  nameplate audit verify"
    })
final class AuditVerifyCommand implements Runnable {

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AuditVerifyCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var verdict = client.post(AdminApi.AuditVerdict.class, Map.of(), "audit", "verify");
    if (json) {
      console.printJson(verdict);
    } else if (verdict.intact()) {
      console.print("intact: %d rows, chains: %d".formatted(verdict.rows(), verdict.chains()));
    } else {
      console.print(
          Table.pairs()
              .row("intact", "no")
              .row("chain", verdict.chain())
              .row("row", verdict.sequence())
              .row("found", verdict.what()));
    }
    if (!verdict.intact()) {
      throw CommandFailure.error("the audit log was changed: " + verdict.what())
          .next("Keep the database as it is, and compare it with your backups.");
    }
  }
}
