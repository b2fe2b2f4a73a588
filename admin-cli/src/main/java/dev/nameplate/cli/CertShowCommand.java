package dev.nameplate.cli;

import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.server.admin.AdminApi;
import java.util.HashMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "show",
    description = {
      "Show a certificate: what it is worth, and with --pem the certificate itself.",
      "",
      "Examples:",
      "  nameplate cert show 52ab0f...",
      "  nameplate cert show 52ab0f... --pem | openssl x509 -text -noout"
    })
final class CertShowCommand implements Runnable {

  @Parameters(paramLabel = "SERIAL", description = "Its serial number in hex.")
  SerialNumber serial = SerialNumber.ofHex("1");

  @Option(
      names = "--issuer",
      paramLabel = "ID",
      description = "The id of its issuer; needed if several issuers used the serial.")
  @Nullable String issuer;

  @Option(names = "--pem", description = "Print the certificate in PEM, and nothing else.")
  boolean pem;

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  CertShowCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var query = new HashMap<String, @Nullable Object>();
    query.put("issuer", issuer);
    var certificate = client.get(AdminApi.Certificate.class, query, "certificates", serial.hex());
    if (pem) {
      printPem(certificate);
    } else if (json) {
      console.printJson(certificate);
    } else {
      console.print(Listing.certificate(certificate));
    }
  }

  private void printPem(AdminApi.Certificate certificate) {
    var text = certificate.pem();
    if (text == null) {
      throw CommandFailure.of(
          ExitCode.CONFLICT, serial + " was never issued: it is " + certificate.state());
    }
    text.lines().forEach(console::print);
  }
}
