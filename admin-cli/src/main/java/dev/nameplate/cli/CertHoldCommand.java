package dev.nameplate.cli;

import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.cli.StatusWatch.Wanted;
import dev.nameplate.server.admin.AdminApi;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "hold",
    description = {
      "Put one certificate on hold: nobody accepts it (certificateHold) until it is released, or"
          + " revoked for good. The device may still enroll anew, and what it gets supersedes the"
          + " certificate on hold; to stop the device, use `nameplate device retire`.",
      "",
      "Examples:",
      "  nameplate cert hold 52ab0f... --wait ocsp",
      "  nameplate cert release 52ab0f..."
    })
final class CertHoldCommand implements Runnable {

  @Parameters(paramLabel = "SERIAL", description = "Its serial number in hex.")
  SerialNumber serial = SerialNumber.ofHex("1");

  @Option(
      names = "--issuer",
      paramLabel = "ID",
      description = "The id of its issuer; needed if several issuers used the serial.")
  @Nullable String issuer;

  @Mixin WaitOptions wait = new WaitOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  CertHoldCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var server = context.required(console);
    var client = new AdminClient(server);
    var held =
        client.post(
            AdminApi.Revoked.class,
            new AdminApi.Revoke(RevocationReason.CERTIFICATE_HOLD.rfcName(), null, issuer),
            "certificates",
            serial.hex(),
            "revoke");
    console.say(
        held.already()
            ? serial + " is on hold already; nothing changed."
            : "Put " + serial + " of " + held.certificate().owner() + " on hold.");
    wait.awaitAndPrint(
        console, server, client, Wanted.REVOKED, held.certificate(), held.already(), json);
  }
}
