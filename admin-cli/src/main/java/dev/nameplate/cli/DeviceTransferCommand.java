package dev.nameplate.cli;

import dev.nameplate.server.admin.TransferApi;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "transfer",
    description = {
      "Hand devices over to a new owner: write a signed package of what is known of them, their keys,"
          + " their certificates and where the audit log speaks of them. The new owner's server takes"
          + " it in with `nameplate device receive`, and refuses their old keys.",
      "",
      "Only devices that were retired with the reason affiliationChanged are handed over: retire them"
          + " first, with all the approvals that takes. 1,000 devices at most.",
      "",
      "Examples:",
      "  nameplate device transfer pump-0017 pump-0018 --to \"Stadtwerke Graz\" --out graz.jws",
      "  nameplate device transfer --file sold.txt --to \"Stadtwerke Graz\" --out graz.jws"
    })
final class DeviceTransferCommand implements Runnable {

  @Parameters(arity = "0..*", paramLabel = "DEVICE", description = "Their names.")
  List<String> devices = List.of();

  @Option(names = "--file", paramLabel = "FILE", description = "More names, one in each line.")
  @Nullable Path file;

  @Option(
      names = "--to",
      paramLabel = "OWNER",
      required = true,
      description = "The new owner, in words.")
  String to = "";

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "Write the package to this new file.")
  Path out = Path.of("");

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DeviceTransferCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var ids = new ArrayList<>(devices);
    if (file != null) {
      Inputs.text(file).lines().map(String::strip).filter(id -> !id.isEmpty()).forEach(ids::add);
    }
    if (ids.isEmpty()) {
      throw CommandFailure.of(ExitCode.USAGE, "which devices? Name them, or a --file of names");
    }
    var client = new AdminClient(context.required(console));
    if (Files.exists(out)) {
      throw exists(null);
    }
    var packed =
        client.post(
            TransferApi.Packed.class, new TransferApi.Transfer(ids, to), "inventory", "transfer");
    try {
      Files.writeString(
          out, packed.jws() + "\n", StandardCharsets.US_ASCII, StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException raced) {
      throw exists(raced);
    } catch (IOException failed) {
      throw CommandFailure.error(out + " cannot be written: " + failed.getMessage())
          .next("Nothing is lost: run it again for another package.")
          .because(failed);
    }
    if (json) {
      console.printJson(new Written(out.toString(), packed.sha256(), packed.devices()));
      return;
    }
    console.print(
        Table.pairs()
            .row("package", out)
            .row("devices", packed.devices())
            .row("SHA-256", packed.sha256()));
    console.say(
        "Next, where the new owner's server is, with the authorities of this one in trust.pem:\n"
            + "  nameplate device receive "
            + out
            + " --trust trust.pem");
  }

  private CommandFailure exists(@Nullable FileAlreadyExistsException why) {
    var failure =
        CommandFailure.of(ExitCode.CONFLICT, out + " is there already")
            .next("Name another file, or remove this one.");
    return why == null ? failure : failure.because(why);
  }

  /// @param sha256 of the package, as the audit log has it
  private record Written(String file, String sha256, int devices) {}
}
