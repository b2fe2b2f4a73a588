package dev.nameplate.cli;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.cli.est.Attempt;
import dev.nameplate.cli.est.EstClient;
import dev.nameplate.cli.est.IdentityFolder;
import dev.nameplate.cli.http.Http;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "renew",
    description = {
      "Renew your own certificate as administrator, with a new key. The old one ends when the new"
          + " one is first used.",
      "",
      "If the answer is lost, run the same command again. A certificate that has ended cannot be"
          + " renewed: a security officer makes a secret for you, `nameplate admin secret`.",
      "",
      "Examples:",
      "  nameplate admin renew",
      "  nameplate admin renew --if-due"
    })
final class AdminRenewCommand implements Runnable {

  @Option(
      names = "--if-due",
      description = "Do nothing while more than a third of its life is left. For a timer.")
  boolean ifDue;

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AdminRenewCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var present = context.requiredQuietly(console);
    var certificate = Inputs.certificates(present.certificate()).getFirst();
    if (ifDue && !CertificateLife.of(certificate).isDue()) {
      console.say("It is good until " + certificate.getNotAfter().toInstant() + ": nothing to do.");
      return;
    }
    var server = new EstOptions.Server(present.estUrl(), present.anchors(), present.trust());
    var client =
        new EstClient(
            server.url(),
            Optional.of(AdminEnrollCommand.LABEL),
            new Http(present.operatorTls(), EstEnrollCommand.ONE_REQUEST));
    var exchange = new EstExchange(console, server);
    var subject = DistinguishedName.parse(certificate.getSubjectX500Principal().getEncoded());
    var out = folderOf(present);
    var authorities = exchange.cacerts(client);
    try (var folder = IdentityFolder.open(out)) {
      var begun = folder.unfinished();
      var attempt = begun.isPresent() ? begun.get() : begin(folder, subject);
      console.say("Asking " + client.base() + " for the next certificate of " + subject + " ...");
      var next =
          exchange.ask(
              () -> client.simpleReenroll(attempt.csr().der()), EstEnrollCommand.ONE_REQUEST);
      exchange.keep(folder, out, attempt, next, authorities, json);
      pointTo(out, present);
    } catch (IOException failed) {
      throw EstExchange.folderFailure(out, failed);
    }
  }

  private static Attempt begin(IdentityFolder folder, DistinguishedName subject)
      throws IOException {
    var key = SoftwareKey.generate(dev.nameplate.ca.x509.KeyType.EC_P256);
    return folder.begin(key, EstExchange.request(subject, key));
  }

  /// Where the key and the certificate are replaced in one step: where they are, or beside the
  /// files that `init` made: `admin/first/` for `admin/first.pem`.
  private static Path folderOf(Context context) {
    var certificate = context.certificate();
    var name = certificate.getFileName().toString();
    return name.equals(IdentityFolder.CERTIFICATE)
        ? certificate.resolveSibling("")
        : certificate.resolveSibling(name.replaceFirst("\\.pem$", ""));
  }

  /// The context names the new files from now on, all at once.
  private void pointTo(Path folder, Context context) throws IOException {
    if (context.certificate().getFileName().toString().equals(IdentityFolder.CERTIFICATE)) {
      return;
    }
    var file = context.file();
    var base = file.toAbsolutePath().normalize().resolveSibling("");
    var there = base.relativize(folder.toAbsolutePath().normalize());
    var text =
        Files.readString(file)
            .lines()
            .map(line ->
                line.startsWith("certificate:")
                    ? "certificate: " + there.resolve(IdentityFolder.CERTIFICATE)
                    : line.startsWith("key:")
                        ? "key: " + there.resolve(IdentityFolder.KEY)
                        : line)
            .collect(Collectors.joining("\n", "", "\n"));
    var unfinished = file.resolveSibling(file.getFileName() + ".new");
    Files.copy(
        file,
        unfinished,
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.COPY_ATTRIBUTES);
    Files.writeString(unfinished, text);
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    console.say(file + " names the new files; " + context.key() + " is not needed any more.");
  }
}
