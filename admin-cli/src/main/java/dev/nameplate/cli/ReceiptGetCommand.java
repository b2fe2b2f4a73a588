package dev.nameplate.cli;

import dev.nameplate.server.admin.DecommissionApi;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "get",
    description = {
      "Get a receipt: a signed JWS, for `nameplate receipt verify`, or for whoever wants proof.",
      "",
      "Examples:",
      "  nameplate receipt get pump-0017.1 --out pump-0017.1.jws",
      "  nameplate receipt get pump-0017.1 > pump-0017.1.jws"
    })
final class ReceiptGetCommand implements Runnable {

  @Parameters(paramLabel = "RECEIPT", description = "Its id, as `nameplate receipt list` has it.")
  String id = "";

  @Option(names = "--out", paramLabel = "FILE", description = "Write it there.")
  @Nullable Path out;

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  ReceiptGetCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var receipt = client.get(DecommissionApi.Receipt.class, "receipts", id);
    var jws = Objects.requireNonNullElse(receipt.jws(), "");
    if (out != null) {
      try {
        Files.writeString(out, jws + "\n", StandardCharsets.US_ASCII);
      } catch (IOException failed) {
        throw CommandFailure.error(out + " cannot be written").because(failed);
      }
      console.say("Wrote " + out + ".");
    } else if (json) {
      console.printJson(receipt);
    } else {
      console.print(jws);
    }
  }
}
