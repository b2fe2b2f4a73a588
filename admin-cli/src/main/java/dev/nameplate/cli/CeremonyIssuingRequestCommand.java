package dev.nameplate.cli;

import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.server.ceremony.OnlineServer;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "request",
    description = {
      "Online: make a key for an issuing authority in the server's token, and the request for its"
          + " certificate. The server must not run. Asked for again, it is the same key.",
      "",
      "Example:",
      "  nameplate ceremony issuing request --dir np --org \"Acme Devices\" --out issuing.csr"
    })
final class CeremonyIssuingRequestCommand implements Runnable {

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      defaultValue = "np",
      description = "The server's folder. Default: ${DEFAULT-VALUE}.")
  Path dir = Path.of("np");

  @Option(
      names = "--org",
      paramLabel = "NAME",
      required = true,
      description = "The organization, as it stands in the authority's name.")
  String organization = "";

  @Option(
      names = "--name",
      paramLabel = "CN",
      description = "Its common name. Default: the organization, and \"Issuing CA 1\".")
  @Nullable String name;

  @Option(
      names = "--key",
      paramLabel = "TYPE",
      defaultValue = "ec-p256",
      description = "The type of its key. Default: ${DEFAULT-VALUE}.")
  KeyType key = KeyType.EC_P256;

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      defaultValue = "issuing",
      description = "What profiles call it. Default: ${DEFAULT-VALUE}.")
  String role = "issuing";

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The new file with the request (PEM), to be carried to the root.")
  Path out = Path.of("");

  @Mixin CeremonyPeopleOptions people = new CeremonyPeopleOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  CeremonyIssuingRequestCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var made =
        Ceremonies.run(() ->
            new OnlineServer(dir, people.people(), console::say)
                .request(
                    role,
                    DistinguishedName.of(
                        organization,
                        Optional.ofNullable(name).orElse(organization + " Issuing CA 1")),
                    key,
                    out));
    var spki = made.request().publicKey().fingerprint().hex();
    console.print(
        Ceremonies.transcript(
            Table.pairs()
                .row("request", out)
                .row("for", made.request().subject())
                .row("SHA-256 of its key", spki),
            made.transcript()));
    console.say(
        """

        Write the SHA-256 of its key on paper, and carry it beside the file. Next, offline:
          nameplate ceremony issuing sign --dir root --request %s --key %s --out issuing.pem\
        """
            .formatted(out, spki));
  }
}
