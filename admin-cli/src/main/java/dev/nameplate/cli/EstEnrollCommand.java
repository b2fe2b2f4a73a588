package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.UnacceptableKeyException;
import dev.nameplate.cli.est.Attempt;
import dev.nameplate.cli.est.EstClient;
import dev.nameplate.cli.est.IdentityFolder;
import dev.nameplate.cli.http.ClientTls;
import dev.nameplate.cli.http.Http;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "enroll",
    description = {
      "Make a key, and get a first certificate for it: with a one-time secret, with the device's"
          + " certificate of its manufacturer (IDevID), or with that of a station.",
      "",
      "The folder then has key.pem (0600), cert.pem and chain.pem. The key is on disk before the"
          + " request is sent: if the answer is lost, run the same command again, and it gets the"
          + " same certificate.",
      "",
      "Examples:",
      "  nameplate est enroll pump-0017 --secret-file s --out pump/",
      "  nameplate est enroll pump-0017 --secret-file s --out pump/ \\",
      "      --url https://pki.acme.example:8443 --trust trust.pem",
      "  nameplate est enroll pump-0017 --label made --cert idevid.pem --key idevid.key --out pump/"
    })
final class EstEnrollCommand implements Runnable {

  static final Duration ONE_REQUEST = Duration.ofSeconds(30);

  @Parameters(paramLabel = "DEVICE", description = "Its name, as it was registered.")
  DeviceId device = new DeviceId("none");

  @Option(
      names = "--secret-file",
      paramLabel = "FILE",
      description = "The file with the secret in its first line; - for stdin.")
  @Nullable Path secretFile;

  @Option(
      names = "--cert",
      paramLabel = "FILE",
      description =
          "The certificate to show, in PEM, then its intermediate ones: a manufacturer's or a"
              + " station's.")
  @Nullable Path shownCertificate;

  @Option(
      names = "--key",
      paramLabel = "FILE",
      description = "The key of --cert: PKCS#8 in PEM, not encrypted.")
  @Nullable Path shownKey;

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      required = true,
      description = "Where key.pem, cert.pem and chain.pem go; made if it is not there.")
  Path out = Path.of("");

  @Option(
      names = "--key-type",
      paramLabel = "TYPE",
      description =
          "ec-p256, ec-p384, ec-p521, ed25519, rsa-2048, rsa-3072, rsa-4096, ml-dsa-44, ml-dsa-65"
              + " or ml-dsa-87. Default: ec-p256.")
  @Nullable KeyType keyType;

  @Option(
      names = "--new-key",
      description = "Forget the key of an earlier attempt that got no certificate.")
  boolean newKey;

  @Option(
      names = "--wait",
      arity = "0..1",
      paramLabel = "TIME",
      fallbackValue = "1h",
      description =
          "If an operator has to approve it, go on asking for this long; 1h without a TIME. Without"
              + " --wait it ends with exit code 7, and goes on when it is run again.")
  Duration wait = Duration.ZERO;

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

  EstEnrollCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var server = est.server(console, context);
    refuseIfEnrolled();
    var tls = tls(server);
    var secret = secretFile == null ? new byte[0] : Inputs.secret(secretFile);
    try {
      var client = new EstClient(server.url(), est.label(), new Http(tls, ONE_REQUEST));
      var exchange = new EstExchange(console, server);
      var authorities = exchange.cacerts(client);
      try (var folder = IdentityFolder.open(out)) {
        var attempt = attempt(folder);
        console.say("Asking " + client.base() + " for a certificate for " + device + " ...");
        var certificate =
            exchange.ask(
                () ->
                    secretFile == null
                        ? link
                            ? client.linkedEnroll(binding -> EstExchange.linked(attempt, binding))
                            : client.simpleEnroll(attempt.csr().der())
                        : link
                            ? client.linkedEnroll(
                                binding -> EstExchange.linked(attempt, binding),
                                device.value(),
                                secret)
                            : client.simpleEnroll(attempt.csr().der(), device.value(), secret),
                est.timeout,
                wait);
        exchange.keep(folder, out, attempt, certificate, authorities, json);
      }
    } catch (IOException failed) {
      throw EstExchange.folderFailure(out, failed);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  /// Shows the certificate that was given, if one was.
  private SSLContext tls(EstOptions.Server server) {
    if ((shownCertificate == null) != (shownKey == null)) {
      throw CommandFailure.of(ExitCode.USAGE, "--cert and --key belong together");
    }
    if (shownCertificate == null || shownKey == null) {
      if (secretFile == null) {
        throw CommandFailure.of(ExitCode.USAGE, "with what is " + device + " to be let in?")
            .next("Give --secret-file, or --cert and --key.");
      }
      return ClientTls.trusting(server.trusted());
    }
    try {
      var key = SoftwareKey.fromPem(Inputs.text(shownKey));
      return ClientTls.mutual(
          server.trusted(), key.privateKey(), Inputs.certificates(shownCertificate));
    } catch (UnacceptableKeyException | IllegalArgumentException unusable) {
      throw CommandFailure.error(shownKey + " cannot be used: " + unusable.getMessage())
          .because(unusable);
    }
  }

  private void refuseIfEnrolled() {
    try {
      if (IdentityFolder.read(out).isPresent()) {
        throw CommandFailure.of(ExitCode.CONFLICT, out + " has a certificate already")
            .next("Renew it with `nameplate est reenroll --in " + out + " --out " + out + "`.");
      }
    } catch (IOException failed) {
      throw EstExchange.folderFailure(out, failed);
    }
  }

  /// The one that an earlier run left, so that a lost answer is asked for again, or a new one.
  private Attempt attempt(IdentityFolder folder) throws IOException {
    if (newKey) {
      folder.forgetUnfinished();
    }
    var unfinished = folder.unfinished();
    if (unfinished.isEmpty()) {
      var key = SoftwareKey.generate(keyType == null ? KeyType.EC_P256 : keyType);
      return folder.begin(
          key, EstExchange.request(DistinguishedName.ofCommonName(device.value()), key));
    }
    var attempt = unfinished.get();
    var subject = attempt.csr().subject();
    var type = attempt.key().publicKey().type();
    if (!subject.equals(DistinguishedName.ofCommonName(device.value()))
        || (keyType != null && keyType != type)) {
      throw CommandFailure.of(
              ExitCode.CONFLICT,
              "%s has an unfinished attempt for %s with an %s key"
                  .formatted(out, subject, type.text()))
          .next("Finish that one, or give it up with --new-key.");
    }
    console.say("Going on with the key of an earlier attempt in " + out + ".");
    return attempt;
  }
}
