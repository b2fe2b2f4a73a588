package dev.nameplate.cli;

import dev.nameplate.server.ceremony.OnlineServer;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "import",
    description = {
      "Online: take over what an offline root signed, after checking the chain, pathLen, name"
          + " constraints, the CRL, and that the server's token signs with the certified key. The"
          + " server must not run. Broken off, the same command goes on where it was.",
      "",
      "Example:",
      "  nameplate ceremony import --dir np --root root.pem --issuing issuing.pem \\",
      "      --crl root.crl --fingerprint 3f1c..."
    })
final class CeremonyImportCommand implements Runnable {

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      defaultValue = "np",
      description = "The server's folder. Default: ${DEFAULT-VALUE}.")
  Path dir = Path.of("np");

  @Option(
      names = "--root",
      paramLabel = "PEM",
      required = true,
      description = "The root's certificate.")
  Path root = Path.of("");

  @Option(
      names = "--issuing",
      paramLabel = "PEM",
      required = true,
      description = "The certificate that the root made for a key here.")
  Path issuing = Path.of("");

  @Option(
      names = "--crl",
      paramLabel = "FILE",
      required = true,
      description = "The root's newest CRL, in DER or PEM.")
  Path crl = Path.of("");

  @Option(
      names = "--fingerprint",
      paramLabel = "SHA256",
      required = true,
      description =
          "The SHA-256 of the root's certificate, from paper: refused if the file has another one.")
  String fingerprint = "";

  @Mixin CeremonyPeopleOptions people = new CeremonyPeopleOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  CeremonyImportCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var made =
        Ceremonies.run(() ->
            new OnlineServer(dir, people.people(), console::say)
                .bring(new OnlineServer.FromTheRoot(root, issuing, crl, fingerprint)));
    console.print(
        Ceremonies.transcript(
            Table.pairs()
                .row("folder", dir)
                .row("root", made.root().subject() + ", until " + made.root().notAfter())
                .row("  SHA-256", made.root().sha256())
                .row(
                    "issuing CA", made.issuing().subject() + ", until " + made.issuing().notAfter())
                .row("  SHA-256", made.issuing().sha256())
                .row("root's CRL", "until " + made.crl().nextUpdate())
                .row("for clients", dir.resolve("trust.pem")),
            made.transcript()));
    console.say("\nNext:\n  nameplate serve --dir " + dir);
  }
}
