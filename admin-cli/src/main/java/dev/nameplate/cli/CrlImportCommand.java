package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "import",
    description = {
      "Publish a CRL that was signed elsewhere: by an offline root, whose key is not here.",
      "",
      "It passes the same checks as our own: signed by the issuer's key, a larger number than the"
          + " last one, not over, and with every certificate on it that is revoked here.",
      "",
      "Example:",
      "  nameplate crl import root.crl.pem --issuer root"
    })
final class CrlImportCommand implements Runnable {

  @Parameters(paramLabel = "FILE", description = "The CRL, one, in PEM or DER.")
  Path file = Path.of("");

  @Option(
      names = "--issuer",
      required = true,
      paramLabel = "ISSUER",
      description = "Whose CRL it is: its role, or how its id begins.")
  String issuer = "";

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  CrlImportCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var pem = Inputs.pem(file, "X509 CRL");
    var client = new AdminClient(context.required(console));
    var id = Issuers.find(client, issuer);
    var crl = client.post(AdminApi.Crl.class, new AdminApi.ImportCrl(pem), "crls", id, "import");
    if (json) {
      console.printJson(crl);
    } else {
      console.print(CrlListing.table(crl));
    }
  }
}
