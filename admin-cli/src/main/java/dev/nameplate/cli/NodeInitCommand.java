package dev.nameplate.cli;

import dev.nameplate.server.setup.InitException;
import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.server.setup.NodeInitialization;
import dev.nameplate.server.setup.NodeOptions;
import java.net.URI;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "init",
    description = {
      "Make the folder of a status node: a SoftHSM token of its own and nameplate.yaml. Its OCSP"
          + " signing keys are made when it starts, and certified by the issuing node.",
      "",
      "SoftHSM keeps keys in files. That is right for evaluation and development; for production,"
          + " use a hardware token.",
      "",
      "Example, after `nameplate est enroll status-1 --label node --out id/`:",
      "  nameplate node init --dir np --identity id/ --trust trust.pem \\",
      "      --admin-url https://ca.acme.example:8444 --est-url https://ca.acme.example:8443 \\",
      "      --public-url http://pki.acme.example --bind 0.0.0.0 \\",
      "      --database-url jdbc:postgresql://db.acme.example/nameplate \\",
      "      --database-user nameplate_status --database-password-file password"
    })
final class NodeInitCommand implements Runnable {

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      defaultValue = "np",
      description = "The folder to make. Default: ${DEFAULT-VALUE}.")
  Path dir = Path.of("np");

  @Option(
      names = "--identity",
      paramLabel = "DIR",
      required = true,
      description = "The folder where `nameplate est enroll` put the node's key and certificate.")
  Path identity = Path.of("");

  @Option(
      names = "--trust",
      paramLabel = "PEM",
      required = true,
      description = "The trust.pem of the issuing node.")
  Path trust = Path.of("");

  @Option(
      names = "--admin-url",
      paramLabel = "URL",
      required = true,
      description = "The issuing node's admin listener.")
  URI adminUrl = URI.create("");

  @Option(
      names = "--est-url",
      paramLabel = "URL",
      required = true,
      description = "The issuing node's EST listener.")
  URI estUrl = URI.create("");

  @Option(
      names = "--public-url",
      paramLabel = "URL",
      required = true,
      description = "OCSP and CRLs as devices reach them: the issuing node's public_url.")
  URI publicUrl = URI.create("");

  @Option(
      names = "--database-url",
      paramLabel = "URL",
      required = true,
      description = "The issuing node's PostgreSQL database: jdbc:postgresql://HOST/NAME.")
  String databaseUrl = "";

  @Option(
      names = "--database-user",
      paramLabel = "USER",
      required = true,
      description = "A user who only reads: `nameplate database grants` says what that needs.")
  String databaseUser = "";

  @Option(
      names = "--database-password-file",
      paramLabel = "FILE",
      required = true,
      description = "The file with that user's password, of mode 0600. It stays where it is.")
  Path passwordFile = Path.of("");

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      defaultValue = InitOptions.LOOPBACK,
      description = "Where OCSP and CRLs are served. Default: ${DEFAULT-VALUE}, this machine.")
  String bind = InitOptions.LOOPBACK;

  @Option(
      names = "--status-port",
      paramLabel = "PORT",
      defaultValue = "" + InitOptions.STATUS_PORT,
      description = "OCSP and CRLs over HTTP. Default: ${DEFAULT-VALUE}.")
  int statusPort;

  @Option(
      names = "--metrics-port",
      paramLabel = "PORT",
      defaultValue = "" + InitOptions.METRICS_PORT,
      description = "Metrics and health, on loopback only. Default: ${DEFAULT-VALUE}.")
  int metricsPort;

  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  NodeInitCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    try {
      var node =
          NodeInitialization.run(
              new NodeOptions(
                  dir,
                  identity,
                  trust,
                  adminUrl,
                  estUrl,
                  publicUrl,
                  new InitOptions.Postgresql(databaseUrl, databaseUser, passwordFile),
                  bind,
                  statusPort,
                  metricsPort));
      console.say(
          """
          Made the status node %s in %s; %s is not needed any more.

          Next:
            nameplate serve --dir %s\
          """
              .formatted(node, dir, identity, dir));
    } catch (InitException failed) {
      throw CommandFailure.error(String.valueOf(failed.getMessage())).because(failed);
    }
  }
}
