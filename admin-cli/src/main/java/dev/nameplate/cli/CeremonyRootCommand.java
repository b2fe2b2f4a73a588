package dev.nameplate.cli;

import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.server.Nameplate;
import dev.nameplate.server.ceremony.Custody;
import dev.nameplate.server.ceremony.People;
import dev.nameplate.server.ceremony.PinParts;
import dev.nameplate.server.ceremony.RootCeremony;
import dev.nameplate.server.ceremony.RootOptions;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "root",
    description = {
      "Make an offline root in a new folder: a SoftHSM token with its key (or a key in a token that is"
          + " there), its certificate with pathLen 1, its first CRL, and a signed transcript. Run it on"
          + " a machine that is connected to nothing.",
      "",
      "Nobody can use the key alone. With --threshold M the PIN is random, nobody sees it, and any M of"
          + " the custodians make it again (Shamir's secret sharing, by ssss). Without, two custodians"
          + " choose a half each.",
      "",
      "Examples:",
      "  nameplate ceremony root --dir root --org \"Acme Devices\" \\",
      "      --public-url http://pki.acme.example --permit dns:acme.example \\",
      "      --threshold 2 --custodian Alice=/media/a/share --custodian Bob=/media/b/share \\",
      "      --custodian Carol=/media/c/share --witness Dave",
      "  nameplate ceremony root --dir root --org \"Acme Devices\" \\",
      "      --public-url http://pki.acme.example --custodian Alice --custodian Bob \\",
      "      --module /usr/lib/vendor/libpkcs11.so --token root"
    })
final class CeremonyRootCommand implements Runnable {

  private static final String HALVES = "--half FILE, twice";

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      required = true,
      description = "The folder to make: on an encrypted medium that is locked away afterwards.")
  Path dir = Path.of("");

  @Option(
      names = "--org",
      paramLabel = "NAME",
      required = true,
      description = "The organization, as it stands in the root's name.")
  String organization = "";

  @Option(
      names = "--name",
      paramLabel = "CN",
      description = "The root's common name. Default: the organization, and \"Root CA\".")
  @Nullable String name;

  @Option(
      names = "--public-url",
      paramLabel = "URL",
      required = true,
      description =
          "Where the online server will publish the root's CRL: its public_url, which goes into the"
              + " certificates of issuing authorities.")
  URI publicUrl = URI.create("");

  @Option(
      names = "--key",
      paramLabel = "TYPE",
      defaultValue = "ec-p384",
      description = "The type of its key. Default: ${DEFAULT-VALUE}.")
  KeyType key = KeyType.EC_P384;

  @Option(
      names = "--validity",
      paramLabel = "TIME",
      defaultValue = "7305d",
      description = "How long its certificate is good. Default: ${DEFAULT-VALUE}.")
  Duration validity = Duration.ofDays(7305);

  @Option(
      names = "--crl-validity",
      paramLabel = "TIME",
      defaultValue = "190d",
      description =
          "How long its first CRL is good; the next one has to be made before. Default:"
              + " ${DEFAULT-VALUE}.")
  Duration crlValidity = Duration.ofDays(190);

  @Mixin NameLimitOptions limits = new NameLimitOptions();

  @Option(
      names = "--threshold",
      paramLabel = "M",
      description = "How many of the custodians are needed. Without it the PIN is in two halves.")
  int threshold;

  @Option(
      names = "--custodian",
      paramLabel = "NAME",
      required = true,
      description =
          "Who holds a part of the PIN; once for each. With --threshold NAME=FILE: the new file (0600)"
              + " that gets the share; without FILE the share is shown on the terminal.")
  List<String> custodians = List.of();

  @Option(
      names = "--witness",
      paramLabel = "NAME",
      description = "Who watches; once for each. For the transcript.")
  List<String> witnesses = List.of();

  @Option(
      names = "--half",
      paramLabel = "FILE",
      description =
          "A file whose first line is one half of the PIN; twice, in their order. Without it two"
              + " people are asked, one after the other.")
  List<Path> halves = List.of();

  @Option(
      names = "--token",
      paramLabel = "LABEL",
      defaultValue = "root",
      description = "The label of the token. Default: ${DEFAULT-VALUE}.")
  String token = "root";

  @Option(
      names = "--module",
      paramLabel = "FILE",
      description =
          "The PKCS#11 library of a token that is there already and takes keys that are sensitive and"
              + " never extractable, with its PIN in two halves. Without it a SoftHSM token is made in"
              + " the folder.")
  @Nullable Path module;

  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  CeremonyRootCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var made =
        Ceremonies.run(() -> {
          var holders = holders();
          var people = new People(holders.stream().map(Custody.Holder::name).toList(), witnesses);
          return new RootCeremony(
                  options(),
                  custody(holders),
                  people,
                  (who, share) -> Keyboard.show(who, share, "--custodian " + who + "=FILE"),
                  InstantSource.system(),
                  Nameplate.random(),
                  console::say)
              .run();
        });
    console.print(
        Ceremonies.transcript(
            Table.pairs()
                .row("folder", dir)
                .row("root", made.root().subject() + ", until " + made.root().notAfter())
                .row("  certificate", dir.resolve("root.pem"))
                .row("  SHA-256", made.root().sha256())
                .row("CRL", dir.resolve("crl/" + made.crl().number() + ".crl"))
                .row("  until", made.crl().nextUpdate())
                .row("  SHA-256", made.crl().der().sha256Hex()),
            made.transcript()));
    limits.warn(console);
    console.say(
        """

        Read both SHA-256 of root and transcript aloud, write them on paper, and sign the paper.

        Back it up, and rehearse that now, before anything depends on it:
          cp -a %1$s BACKUP                                      on another medium, twice
          nameplate ceremony crl --dir BACKUP --out rehearsal.crl --validity 1h \\
              --custodian NAME --custodian NAME                  opens the copy, and signs
        Throw the rehearsal's copy away; a backup that was not opened once is none.

        Next, online:  nameplate ceremony issuing request --dir np ...
        Then, here:    nameplate ceremony issuing sign --dir %1$s ...\
        """
            .formatted(dir));
  }

  private RootOptions options() {
    return new RootOptions(
        dir,
        DistinguishedName.of(
            organization, Optional.ofNullable(name).orElse(organization + " Root CA")),
        key,
        validity,
        crlValidity,
        limits.limits(),
        publicUrl,
        token,
        Optional.ofNullable(module));
  }

  private List<Custody.Holder> holders() {
    var found = new ArrayList<Custody.Holder>();
    for (var custodian : custodians) {
      int equals = custodian.indexOf('=');
      found.add(
          equals < 0
              ? new Custody.Holder(custodian, Optional.empty())
              : new Custody.Holder(
                  custodian.substring(0, equals),
                  Optional.of(Path.of(custodian.substring(equals + 1)))));
    }
    return found;
  }

  private Custody custody(List<Custody.Holder> holders) {
    if (threshold != 0) {
      if (!halves.isEmpty()) {
        throw new IllegalArgumentException("--threshold and --half: give one of the two");
      }
      holders.stream()
          .filter(holder -> holder.file().isEmpty())
          .findFirst()
          .ifPresent(holder -> Keyboard.require("--custodian " + holder.name() + "=FILE"));
      return new Custody.Shares(threshold, holders);
    }
    if (holders.size() != 2 || holders.stream().anyMatch(holder -> holder.file().isPresent())) {
      throw new IllegalArgumentException(
          "without --threshold the PIN is in two halves, of two custodians: --custodian NAME, twice");
    }
    if (halves.isEmpty()) {
      return new Custody.Halves(
          new PinParts.Halves(typed(holders.get(0), "first"), typed(holders.get(1), "second")));
    }
    if (halves.size() != 2) {
      throw new IllegalArgumentException("--half: two are needed, and " + halves.size() + " given");
    }
    return new Custody.Halves(
        new PinParts.Halves(Inputs.secret(halves.get(0)), Inputs.secret(halves.get(1))));
  }

  /// A PIN that is there already is tried once; a new one is typed twice.
  private byte[] typed(Custody.Holder holder, String which) {
    var question = "%s: the %s half of the PIN of token %s".formatted(holder.name(), which, token);
    return module == null
        ? Keyboard.newSecret(question, HALVES)
        : Keyboard.secret(question, HALVES);
  }
}
