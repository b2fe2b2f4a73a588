package dev.nameplate.cli;

import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.cli.StatusWatch.Wanted;
import dev.nameplate.server.admin.AdminApi;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "revoke",
    description = {
      "Revoke one certificate for good; one that may come back is put on hold with `nameplate cert"
          + " hold`. The device stays, and may enroll again with a new key; to take the device out"
          + " of service, use `nameplate device retire`.",
      "",
      "Example:",
      "  nameplate cert revoke 52ab0f... --reason keyCompromise --wait ocsp,crl"
    })
final class CertRevokeCommand implements Runnable {

  @Parameters(paramLabel = "SERIAL", description = "Its serial number in hex.")
  SerialNumber serial = SerialNumber.ofHex("1");

  @Option(
      names = "--reason",
      paramLabel = "REASON",
      required = true,
      description =
          "Why, in the words of RFC 5280: keyCompromise, superseded, cessationOfOperation,"
              + " affiliationChanged, privilegeWithdrawn or unspecified. What was revoked for"
              + " another reason can still become keyCompromise.")
  RevocationReason reason = RevocationReason.UNSPECIFIED;

  @Option(
      names = "--invalid-since",
      paramLabel = "INSTANT",
      description = "Since when the key is known to be lost: 2026-11-23T08:00:00Z.")
  @Nullable Instant invalidSince;

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

  CertRevokeCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var server = context.required(console);
    var client = new AdminClient(server);
    var revoked =
        client.post(
            AdminApi.Revoked.class,
            new AdminApi.Revoke(reason.rfcName(), invalidSince, issuer),
            "certificates",
            serial.hex(),
            "revoke");
    console.say(
        revoked.already()
            ? serial + " was revoked before for this reason; nothing changed."
            : "Revoked " + serial + " of " + revoked.certificate().owner() + ": " + reason + ".");
    wait.awaitAndPrint(
        console, server, client, Wanted.REVOKED, revoked.certificate(), revoked.already(), json);
  }
}
