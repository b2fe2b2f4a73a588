package dev.nameplate.cli;

import dev.nameplate.server.setup.InitException;
import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.server.setup.InitSummary;
import dev.nameplate.server.setup.Initialization;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "init",
    description = {
      "Make a CA in a new folder: a SoftHSM token with the keys, a root and an issuing CA, TLS, the"
          + " first operator, nameplate.yaml, and trust.pem for the clients.",
      "",
      "SoftHSM keeps keys in files, and the root is beside the rest, made by one person whom nobody"
          + " watched. That is right for evaluation and development; for production, use a hardware"
          + " token or a network HSM, and with --ceremony a root that is offline.",
      "Everything else is in an embedded database, or in PostgreSQL if you name one.",
      "",
      "Examples:",
      "  nameplate init --dir np --org \"Acme Devices\"",
      "  nameplate init --dir np --org \"Acme Devices\" --bind 0.0.0.0 \\",
      "      --host pki.acme.example --public-url http://pki.acme.example",
      "  nameplate init --dir np --org \"Acme Devices\" --ceremony --host pki.acme.example"
    })
final class InitCommand implements Runnable {

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      defaultValue = "np",
      description = "The folder to make; refused if it has a CA. Default: ${DEFAULT-VALUE}.")
  Path dir = Path.of("np");

  @Option(
      names = "--org",
      paramLabel = "NAME",
      required = true,
      description = "The organization, as it stands in the CAs' names.")
  String organization = "";

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      defaultValue = InitOptions.LOOPBACK,
      description = "Where EST, status and admin listen. Default: ${DEFAULT-VALUE}, this machine.")
  String bind = InitOptions.LOOPBACK;

  @Option(
      names = "--host",
      paramLabel = "NAME",
      split = ",",
      hideParamSyntax = true,
      description = "Names and addresses that clients will use; they go into the TLS certificate.")
  List<String> hosts = List.of();

  @Option(
      names = "--public-url",
      paramLabel = "URL",
      description =
          "OCSP and CRLs as devices will reach them. It goes into every certificate, so choose a"
              + " name that lasts. Default: the first --host, or --bind, with the status port.")
  @Nullable URI publicUrl;

  @Option(
      names = "--est-port",
      paramLabel = "PORT",
      defaultValue = "" + InitOptions.EST_PORT,
      description = "EST over TLS. Default: ${DEFAULT-VALUE}. 0 picks a free one; so below.")
  int estPort;

  @Option(
      names = "--status-port",
      paramLabel = "PORT",
      defaultValue = "" + InitOptions.STATUS_PORT,
      description = "OCSP and CRLs over HTTP. Default: ${DEFAULT-VALUE}.")
  int statusPort;

  @Option(
      names = "--admin-port",
      paramLabel = "PORT",
      defaultValue = "" + InitOptions.ADMIN_PORT,
      description = "The admin API over TLS. Default: ${DEFAULT-VALUE}.")
  int adminPort;

  @Option(
      names = "--metrics-port",
      paramLabel = "PORT",
      defaultValue = "" + InitOptions.METRICS_PORT,
      description = "Metrics and health, on loopback only. Default: ${DEFAULT-VALUE}.")
  int metricsPort;

  @Option(
      names = "--ceremony",
      description =
          "Make no root and no issuing CA: they come from a root that is offline, by `nameplate"
              + " ceremony`. The server starts once they are imported.")
  boolean ceremony;

  @ArgGroup(exclusive = false)
  @Nullable Postgresql postgresql;

  static final class Postgresql {

    @Option(
        names = "--database-url",
        paramLabel = "URL",
        required = true,
        description =
            "An empty PostgreSQL database, as jdbc:postgresql://HOST[,HOST]/NAME. Default: an"
                + " embedded database in the folder.")
    String url = "";

    @Option(
        names = "--database-user",
        paramLabel = "NAME",
        required = true,
        description = "Its user.")
    String user = "";

    @Option(
        names = "--database-password-file",
        paramLabel = "FILE",
        required = true,
        description = "The file with the user's password, of mode 0600. It stays where it is.")
    Path passwordFile = Path.of("");
  }

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  InitCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    InitOptions options;
    try {
      options =
          new InitOptions(
              dir,
              organization,
              bind,
              hosts,
              Optional.ofNullable(publicUrl),
              estPort,
              statusPort,
              adminPort,
              metricsPort,
              Optional.ofNullable(postgresql)
                  .map(at -> new InitOptions.Postgresql(at.url, at.user, at.passwordFile)));
    } catch (IllegalArgumentException wrong) {
      throw CommandFailure.of(ExitCode.USAGE, String.valueOf(wrong.getMessage())).because(wrong);
    }
    try {
      if (ceremony) {
        var publicUrl = Initialization.withoutAuthorities(options, console::say);
        if (json) {
          console.printJson(Map.of("dir", dir, "status_url", publicUrl));
        } else {
          console.print(Table.pairs().row("folder", dir).row("OCSP, CRL", publicUrl));
        }
        sayWhatIsMissing(publicUrl);
        return;
      }
      var made = Initialization.run(options, console::say);
      if (json) {
        console.printJson(made);
      } else {
        print(made);
      }
    } catch (InitException failed) {
      throw CommandFailure.error(String.valueOf(failed.getMessage())).because(failed);
    }
  }

  private void sayWhatIsMissing(URI publicUrl) {
    console.say(
        """

        There is no root and no issuing CA yet. Next, on a machine that is connected to nothing:
          nameplate ceremony root --dir root --org "%s" --public-url %s ...
        and here:
          nameplate ceremony issuing request --dir %s --org "%s" --out issuing.csr\
        """
            .formatted(organization, publicUrl, dir, organization));
  }

  private void print(InitSummary made) {
    console.print(
        Table.pairs()
            .row("folder", made.dir())
            .row("root", made.rootName() + ", until " + made.rootNotAfter())
            .row("  SHA-256", made.rootFingerprint())
            .row("issuing CA", made.issuingName() + ", until " + made.issuingNotAfter())
            .row("  SHA-256", made.issuingFingerprint())
            .row("for clients", made.trust())
            .row("operator", made.adminCertificate())
            .row("settings", made.settings())
            .row("EST", made.estUrl())
            .row("OCSP, CRL", made.statusUrl())
            .row("admin API", made.adminUrl())
            .row("metrics", made.metricsUrl()));
    console.say(
        """

        The keys are in a SoftHSM token inside the folder, the root's among them, and nobody watched
        how they were made: good for evaluation, not for production (nameplate init --ceremony).
        Keep the folder to yourself; give clients only %s.

        Next:
          nameplate serve --dir %s
          nameplate device add pump-0017 --profile device --secret-file s --dir %s
          nameplate est enroll pump-0017 --secret-file s --out pump/ --dir %s\
        """
            .formatted(made.trust(), made.dir(), made.dir(), made.dir()));
  }
}
