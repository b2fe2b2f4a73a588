package dev.nameplate.cli;

import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "export",
    description = {
      "Write the whole audit log into a file, with the checkpoints that sign it: a JSON object on each"
          + " line. `nameplate audit verify FILE` checks it on any machine.",
      "",
      "Example:",
      "  nameplate audit export audit.ndjson"
    })
final class AuditExportCommand implements Runnable {

  @Parameters(paramLabel = "FILE", description = "The file, which is replaced if it is there.")
  Path file = Path.of("");

  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AuditExportCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    long size = new AdminClient(context.required(console)).save(file, "audit", "export");
    console.say("wrote %s, %,d bytes".formatted(file, size));
  }
}
