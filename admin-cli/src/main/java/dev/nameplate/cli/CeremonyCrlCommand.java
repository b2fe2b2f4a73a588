package dev.nameplate.cli;

import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "crl",
    description = {
      "Offline: make the root's next CRL, before the one before is over, or to revoke an issuing"
          + " authority. Online it is published by `nameplate crl import`.",
      "",
      "Examples:",
      "  nameplate ceremony crl --dir root --out root-2.crl --custodian Alice --custodian Bob",
      "  nameplate ceremony crl --dir root --out root-3.crl --custodian Alice --custodian Bob \\",
      "      --revoke 5d2c... --reason keyCompromise"
    })
final class CeremonyCrlCommand implements Runnable {

  @Option(names = "--dir", paramLabel = "DIR", required = true, description = "The root's folder.")
  Path dir = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The new file with the CRL (DER).")
  Path out = Path.of("");

  @Option(
      names = "--revoke",
      paramLabel = "SERIAL",
      description = "A certificate that the root issued, in hex; once for each.")
  List<SerialNumber> revoked = List.of();

  @Option(
      names = "--reason",
      paramLabel = "REASON",
      defaultValue = "unspecified",
      description =
          "Why: keyCompromise, cACompromise, superseded, cessationOfOperation, ... Default:"
              + " ${DEFAULT-VALUE}.")
  RevocationReason reason = RevocationReason.UNSPECIFIED;

  @Option(
      names = "--validity",
      paramLabel = "TIME",
      defaultValue = "190d",
      description = "How long it is good. Default: ${DEFAULT-VALUE}.")
  Duration validity = Duration.ofDays(190);

  @Mixin CeremonyPinOptions pin = new CeremonyPinOptions();
  @Mixin CeremonyPeopleOptions people = new CeremonyPeopleOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  CeremonyCrlCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    if (reason == RevocationReason.CERTIFICATE_HOLD) {
      throw CommandFailure.of(ExitCode.USAGE, "an authority is revoked for good, or not at all");
    }
    Map<SerialNumber, RevocationReason> all = new LinkedHashMap<>();
    revoked.forEach(serial -> all.put(serial, reason));
    var made =
        Ceremonies.run(
            () -> Ceremonies.offlineRoot(dir, people, pin, console).crl(all, validity, out));
    console.print(
        Ceremonies.transcript(
            Table.pairs()
                .row("CRL", out)
                .row("  number", made.crl().number())
                .row("  until", made.crl().nextUpdate())
                .row("  SHA-256", made.crl().der().sha256Hex()),
            made.transcript()));
    console.say("\nNext, online:  nameplate crl import " + out.getFileName() + " ...");
  }
}
