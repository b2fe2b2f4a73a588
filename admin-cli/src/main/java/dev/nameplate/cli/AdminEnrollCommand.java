package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.cli.est.EstClient;
import dev.nameplate.cli.est.IdentityFolder;
import dev.nameplate.cli.http.ClientTls;
import dev.nameplate.cli.http.Http;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "enroll",
    description = {
      "Become an administrator: make a key on this machine, and get its certificate with the"
          + " one-time secret of `nameplate admin add`.",
      "",
      "The folder then has key.pem (0600), cert.pem, chain.pem, trust.pem and context.yaml, which"
          + " --context takes. If the answer is lost, run the same command again: it goes on with"
          + " the same key.",
      "",
      "Example:",
      "  nameplate admin enroll bob --secret-file s --trust trust.pem \\",
      "      --url https://ca.acme.example:8443 --admin-url https://ca.acme.example:8444 --out me/",
      "  export NAMEPLATE_CONTEXT=$PWD/me/context.yaml"
    })
final class AdminEnrollCommand implements Runnable {

  /// The EST label of administrators.
  static final String LABEL = "admin";

  @Parameters(paramLabel = "ME", description = "Your name, as it was registered.")
  DeviceId admin = new DeviceId("none");

  @Option(
      names = "--secret-file",
      paramLabel = "FILE",
      required = true,
      description = "The file with the secret in its first line; - for stdin.")
  Path secretFile = Path.of("");

  @Option(
      names = "--url",
      paramLabel = "URL",
      required = true,
      description = "The EST server, https://host:port.")
  URI url = URI.create("");

  @Option(
      names = "--admin-url",
      paramLabel = "URL",
      required = true,
      description = "The admin API, https://host:port.")
  URI adminUrl = URI.create("");

  @Option(
      names = "--trust",
      paramLabel = "FILE",
      required = true,
      description = "The authorities to trust, in PEM: trust.pem of the server.")
  Path trust = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Where everything goes; made if it is not there.")
  Path out = Path.of("");

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AdminEnrollCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var trusted = Inputs.certificates(trust);
    var server = new EstOptions.Server(EstOptions.checked(url), trusted, trust);
    refuseIfEnrolled();
    var secret = Inputs.secret(secretFile);
    try {
      var http = new Http(ClientTls.trusting(trusted), EstEnrollCommand.ONE_REQUEST);
      var client = new EstClient(server.url(), Optional.of(LABEL), http);
      var exchange = new EstExchange(console, server);
      var authorities = exchange.cacerts(client);
      try (var folder = IdentityFolder.open(out)) {
        var begun = folder.unfinished();
        var attempt = begun.isPresent() ? begun.get() : begin(folder);
        console.say("Asking " + client.base() + " for a certificate for " + admin + " ...");
        var certificate =
            exchange.ask(
                () -> client.simpleEnroll(attempt.csr().der(), admin.value(), secret),
                EstEnrollCommand.ONE_REQUEST);
        writeContext();
        exchange.keep(folder, out, attempt, certificate, authorities, json);
      }
      console.say(
          "You are an administrator. Next:\n  nameplate admin whoami --context "
              + out.resolve(Context.FILE_NAME));
    } catch (IOException failed) {
      throw EstExchange.folderFailure(out, failed);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  private dev.nameplate.cli.est.Attempt begin(IdentityFolder folder) throws IOException {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    return folder.begin(
        key, EstExchange.request(DistinguishedName.ofCommonName(admin.value()), key));
  }

  private void refuseIfEnrolled() {
    try {
      if (IdentityFolder.read(out).isPresent()) {
        throw CommandFailure.of(ExitCode.CONFLICT, out + " has a certificate already")
            .next("Renew it with `nameplate admin renew`, or name another folder.");
      }
    } catch (IOException failed) {
      throw EstExchange.folderFailure(out, failed);
    }
  }

  private void writeContext() throws IOException {
    var copy = out.resolve("trust.pem");
    if (Files.notExists(copy) || !Files.isSameFile(trust, copy)) {
      Files.copy(trust, copy, StandardCopyOption.REPLACE_EXISTING);
    }
    Files.writeString(
        out.resolve(Context.FILE_NAME),
        """
        # How the nameplate command reaches the server, as %s. Paths are relative to this file.
        admin_url: %s
        est_url: %s
        trust: trust.pem
        certificate: %s
        key: %s
        """
            .formatted(admin, adminUrl, url, IdentityFolder.CERTIFICATE, IdentityFolder.KEY));
  }
}
