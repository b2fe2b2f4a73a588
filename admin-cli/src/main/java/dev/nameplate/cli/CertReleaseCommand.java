package dev.nameplate.cli;

import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.cli.StatusWatch.Wanted;
import dev.nameplate.server.admin.AdminApi;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "release",
    description = {
      "Take one certificate off hold: OCSP says good again at once, and the next CRL lists it no"
          + " more. What was revoked for another reason than certificateHold stays revoked.",
      "",
      "Example:",
      "  nameplate cert release 52ab0f... --wait ocsp,crl"
    })
final class CertReleaseCommand implements Runnable {

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

  CertReleaseCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var server = context.required(console);
    var client = new AdminClient(server);
    var released =
        client.post(
            AdminApi.Released.class,
            new AdminApi.Release(issuer),
            "certificates",
            serial.hex(),
            "release");
    var certificate = released.certificate();
    console.say(
        released.already()
            ? serial + " is not on hold, and good; nothing changed."
            : "Released " + serial + " of " + certificate.owner() + ": it is good again.");
    wait.awaitAndPrint(console, server, client, Wanted.GOOD, certificate, released.already(), json);
  }
}
