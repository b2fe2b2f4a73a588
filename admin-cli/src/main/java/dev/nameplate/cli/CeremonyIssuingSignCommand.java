package dev.nameplate.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "sign",
    description = {
      "Offline: certify an issuing authority by the root, with pathLen 0. The same request gets the"
          + " same certificate.",
      "",
      "Example:",
      "  nameplate ceremony issuing sign --dir root --request issuing.csr --key 9f86d081... \\",
      "      --out issuing.pem --share /media/a/share --share /media/b/share \\",
      "      --custodian Alice --custodian Bob --witness Dave"
    })
final class CeremonyIssuingSignCommand implements Runnable {

  @Option(names = "--dir", paramLabel = "DIR", required = true, description = "The root's folder.")
  Path dir = Path.of("");

  @Option(
      names = "--request",
      paramLabel = "FILE",
      required = true,
      description = "The request (PEM) of the online half.")
  Path request = Path.of("");

  @Option(
      names = "--key",
      paramLabel = "SHA256",
      required = true,
      description =
          "The SHA-256 of the key in it, from paper: refused if the file has another one.")
  String key = "";

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The new file with the certificate (PEM).")
  Path out = Path.of("");

  @Option(
      names = "--validity",
      paramLabel = "TIME",
      description = "How long it is good, at most as long as the root. Default: 3653d.")
  @Nullable Duration validity;

  @Mixin NameLimitOptions limits = new NameLimitOptions();
  @Mixin CeremonyPinOptions pin = new CeremonyPinOptions();
  @Mixin CeremonyPeopleOptions people = new CeremonyPeopleOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  CeremonyIssuingSignCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var made =
        Ceremonies.run(() ->
            Ceremonies.offlineRoot(dir, people, pin, console)
                .certify(request, key, Optional.ofNullable(validity), limits.limits(), out));
    var table =
        Table.pairs()
            .row("certificate", out)
            .row("of", made.certificate().subject() + ", until " + made.certificate().notAfter())
            .row("  serial", made.certificate().serial().hex())
            .row("  SHA-256", made.certificate().sha256());
    if (made.transcript().isEmpty()) {
      console.say("It was certified before; nothing was signed now.");
    } else {
      Ceremonies.transcript(table, made.transcript().get());
    }
    console.print(table);
    limits.warn(console);
    console.say(
        """

        Carry it online with root.pem and the newest CRL of %s. Next, online:
          nameplate ceremony import --dir np --root root.pem --issuing %s --crl root.crl \\
              --fingerprint SHA256-OF-THE-ROOT-FROM-PAPER\
        """
            .formatted(dir, out.getFileName()));
  }
}
