package dev.nameplate.cli;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.cli.est.Attempt;
import dev.nameplate.cli.est.EstClient;
import dev.nameplate.cli.est.Identity;
import dev.nameplate.cli.est.IdentityFolder;
import dev.nameplate.cli.http.ClientTls;
import dev.nameplate.cli.http.Http;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "reenroll",
    description = {
      "Renew a certificate over mutual TLS, with a new key unless told otherwise.",
      "",
      "The old key and certificate stay usable until the new ones are complete on disk; then"
          + " key.pem, cert.pem and chain.pem are replaced in one step. If the answer is lost, run"
          + " the same command again, and it gets the same certificate.",
      "",
      "Examples:",
      "  nameplate est reenroll --in pump/ --out pump/",
      "  nameplate est reenroll --in pump/ --out pump/ --if-due"
    })
final class EstReenrollCommand implements Runnable {

  @Option(
      names = "--in",
      paramLabel = "FOLDER",
      required = true,
      description = "Where key.pem and cert.pem are, and chain.pem if there is one.")
  Path in = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      required = true,
      description = "Where the new ones go; usually the same.")
  Path out = Path.of("");

  @Option(names = "--same-key", description = "Keep the key, if the profile allows it.")
  boolean sameKey;

  @Option(
      names = "--new-key",
      description = "Forget the key of an earlier attempt that got no certificate.")
  boolean newKey;

  @Option(
      names = "--if-due",
      description =
          "Do nothing before the time has come: the one that the server suggests, or else about two"
              + " thirds of the certificate's life. For a job that runs every hour.")
  boolean ifDue;

  @Option(
      names = "--link",
      description =
          "Tie the request to its TLS connection (RFC 7030 section 3.5), as a label may require;"
              + " needs TLS 1.3.")
  boolean link;

  @Mixin EstOptions est = new EstOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;
  private final InstantSource clock = InstantSource.system();

  EstReenrollCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var server = est.server(console, context);
    var present = present();
    var subject = subjectOf(present);
    var tls = ClientTls.mutual(server.trusted(), present.key().privateKey(), present.chain());
    var client =
        new EstClient(server.url(), est.label(), new Http(tls, EstEnrollCommand.ONE_REQUEST));
    var exchange = new EstExchange(console, server);
    if (ifDue) {
      var moment =
          exchange.renewalWindow(client, present.certificate()).momentOf(present.certificate());
      if (clock.instant().isBefore(moment)) {
        console.say(subject + " is to be renewed at " + moment + ", not before.");
        if (json) {
          console.printJson(Map.of("due", false, "renew_at", moment));
        }
        return;
      }
    }
    var authorities = exchange.cacerts(client);
    try (var folder = IdentityFolder.open(out)) {
      refuseForeignFolder(subject);
      var attempt = attempt(folder, present, subject);
      console.say("Asking " + client.base() + " for the next certificate of " + subject + " ...");
      var certificate =
          exchange.ask(
              () ->
                  link
                      ? client.linkedReenroll(binding -> EstExchange.linked(attempt, binding))
                      : client.simpleReenroll(attempt.csr().der()),
              est.timeout);
      exchange.keep(folder, out, attempt, certificate, authorities, json);
    } catch (IOException failed) {
      throw EstExchange.folderFailure(out, failed);
    }
  }

  private Identity present() {
    try {
      return IdentityFolder.read(in)
          .orElseThrow(() ->
              CommandFailure.of(ExitCode.NOT_FOUND, in + " has no certificate to renew")
                  .next("A first one is made by `nameplate est enroll`."));
    } catch (IOException failed) {
      throw EstExchange.folderFailure(in, failed);
    }
  }

  private static DistinguishedName subjectOf(Identity identity) {
    // the server wants the very name that is in the certificate
    return DistinguishedName.parse(identity.certificate().getSubjectX500Principal().getEncoded());
  }

  /// A folder with another device's identity is not to be overwritten.
  private void refuseForeignFolder(DistinguishedName subject) throws IOException {
    var there = IdentityFolder.read(out);
    if (there.isPresent() && !subjectOf(there.get()).equals(subject)) {
      throw CommandFailure.of(
          ExitCode.CONFLICT, out + " belongs to " + subjectOf(there.get()) + ", not " + subject);
    }
  }

  /// The one that an earlier run left, so that a lost answer is asked for again, or a new one.
  private Attempt attempt(IdentityFolder folder, Identity present, DistinguishedName subject)
      throws IOException {
    if (newKey) {
      folder.forgetUnfinished();
    }
    var unfinished = folder.unfinished();
    if (unfinished.isEmpty()) {
      var type = present.key().publicKey().type();
      var key = sameKey ? present.key() : SoftwareKey.generate(type);
      return folder.begin(key, EstExchange.request(subject, key));
    }
    var attempt = unfinished.get();
    var ours = attempt.key().publicKey().equals(present.key().publicKey());
    if (!attempt.csr().subject().equals(subject) || ours != sameKey) {
      throw CommandFailure.of(
              ExitCode.CONFLICT,
              "%s has an unfinished attempt for %s with %s key"
                  .formatted(out, attempt.csr().subject(), ours ? "the same" : "a new"))
          .next("Finish that one, or give it up with --new-key.");
    }
    console.say("Going on with the key of an earlier attempt in " + out + ".");
    return attempt;
  }
}
