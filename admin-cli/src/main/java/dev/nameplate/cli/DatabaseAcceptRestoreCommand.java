package dev.nameplate.cli;

import dev.nameplate.server.admin.CheckpointApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "accept-restore",
    description = {
      "Accept that the database was put back to an older state, and go on from there. The server found"
          + " that at its start, and issues nothing until now; what was revoked stays revoked.",
      "",
      "What was issued and registered since then is not known any more, and its certificates stay"
          + " good until they end, unless a CRL has them: see docs/audit.md first.",
      "",
      "Example:",
      "  nameplate database accept-restore --reason 'disk of db-1 broke, backup of 02:00'"
    })
final class DatabaseAcceptRestoreCommand implements Runnable {

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why this is the right state; it is written down.")
  String reason = "";

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DatabaseAcceptRestoreCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var accepted =
        client.post(
            CheckpointApi.AcceptedRestore.class,
            new CheckpointApi.AcceptRestore(reason),
            "database",
            "accept-restore");
    if (json) {
      console.printJson(accepted);
      return;
    }
    var table =
        Table.pairs()
            .row("accepted", accepted.why())
            .row("since", accepted.since())
            .row("node", accepted.node());
    if (accepted.lostFrom() > 0) {
      table.row("lost checkpoints", accepted.lostFrom() + " to " + accepted.lostTo());
    }
    if (!accepted.inDoubt().isEmpty()) {
      table.row("in doubt", String.join(", ", accepted.inDoubt()));
    }
    console.print(table);
  }
}
