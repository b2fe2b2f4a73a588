package dev.nameplate.cli;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.MalformedCsrException;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.BreakGlass;
import dev.nameplate.server.BreakGlassDesk;
import dev.nameplate.server.FolderLock;
import dev.nameplate.server.InvalidSettingsException;
import dev.nameplate.server.Nameplate;
import dev.nameplate.server.NotIssuedException;
import dev.nameplate.server.PrivateFile;
import dev.nameplate.server.SettingsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "break-glass",
    description = {
      "When no administrator can get in any more: on the server's host, as the user whom its folder"
          + " belongs to, make one who may do everything for one hour.",
      "",
      "It is written into the audit log before it is made, and as long as it lasts the server says so:"
          + " an ERROR in its log each minute, a warning in /health, and the metric"
          + " nameplate_break_glass_administrators. A server that runs takes the request up from its"
          + " folder; for one that does not, its database and its token are opened here.",
      "",
      "Make proper administrators with it, then revoke it.",
      "",
      "Example:",
      "  nameplate admin break-glass --dir np --reason 'all certificates ended, ticket 4711'"
    })
final class AdminBreakGlassCommand implements Runnable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final InstantSource CLOCK = InstantSource.system();
  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      required = true,
      description = "The folder of the server.")
  Path dir = Path.of("");

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why, for the audit log.")
  String reason = "";

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AdminBreakGlassCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var why = why();
    var server = Context.read(dir.resolve(Context.FILE_NAME));
    try {
      var folder = dir.resolve(BreakGlass.FOLDER);
      if (Files.notExists(folder)) {
        Files.createDirectory(folder, PrivateFile.FOLDER);
      }
      var id = NAME.format(CLOCK.instant());
      var key = SoftwareKey.generate(KeyType.EC_P256);
      PrivateFile.write(folder.resolve(id + ".key"), key.toPem());
      var csr =
          Csr.sign(
              DistinguishedName.ofCommonName(BreakGlass.FOLDER),
              key.publicKey(),
              key.algorithm(),
              key::sign);
      var file = folder.resolve(id + BreakGlassDesk.CERTIFICATE);
      certify(folder, id, Pem.encode("CERTIFICATE REQUEST", csr.toByteArray()), why);
      var made = Inputs.certificates(file).getFirst();
      var context = folder.resolve(id + ".yaml");
      PrivateFile.write(
          context,
          """
          # As an administrator who was made in an emergency. Paths are relative to this file.
          admin_url: %s
          est_url: %s
          trust: %s
          certificate: %s
          key: %s
          """
              .formatted(
                  server.adminUrl(),
                  server.estUrl(),
                  server.trust().toAbsolutePath().normalize(),
                  file.getFileName(),
                  id + ".key"));
      tell(context, made.getNotAfter().toInstant(), json);
    } catch (IOException failed) {
      throw CommandFailure.error(dir + ": " + failed.getMessage()).because(failed);
    }
  }

  private BreakGlass.Reason why() {
    try {
      return new BreakGlass.Reason(reason, System.getProperty("user.name", "unknown"));
    } catch (IllegalArgumentException wrong) {
      throw CommandFailure.of(ExitCode.USAGE, "--reason: " + wrong.getMessage()).because(wrong);
    }
  }

  private void certify(Path folder, String id, String csr, BreakGlass.Reason why)
      throws IOException {
    var lock = FolderLock.tryAcquire(dir);
    if (lock.isEmpty()) {
      console.say(
          "The server runs, as process " + FolderLock.holder(dir) + "; asking it in its folder ...");
      ask(folder, id, csr, why);
      return;
    }
    try (var _ = lock.get()) {
      console.say("The server does not run; opening its database and its token ...");
      var made = make(csr, why);
      Files.writeString(folder.resolve(id + BreakGlassDesk.CERTIFICATE), Pem.encode(made));
    }
  }

  private Certificate make(String csr, BreakGlass.Reason why) throws IOException {
    try (var core = Nameplate.core(SettingsFile.read(dir))) {
      return BreakGlass.make(
          core, Csr.parse(Pem.blocks(csr, "CERTIFICATE REQUEST").getFirst()), why);
    } catch (InvalidSettingsException
        | MalformedCsrException
        | SigningException
        | StoreException
        | NotIssuedException failed) {
      throw CommandFailure.error("nothing was made: " + failed.getMessage()).because(failed);
    }
  }

  private void ask(Path folder, String id, String csr, BreakGlass.Reason why) throws IOException {
    var request = folder.resolve(id + BreakGlassDesk.REQUEST);
    var answer = folder.resolve(id + BreakGlassDesk.CERTIFICATE);
    var refusal = folder.resolve(id + BreakGlassDesk.REFUSAL);
    PrivateFile.write(request, BreakGlassDesk.text(csr, why));
    var end = CLOCK.instant().plus(PATIENCE);
    while (Files.notExists(answer)) {
      if (Files.exists(refusal)) {
        throw CommandFailure.error("the server refused: " + Files.readString(refusal).strip())
            .next("If its database or token is away, so is every way in; see the server's log.");
      }
      if (CLOCK.instant().isAfter(end)) {
        Files.deleteIfExists(request);
        throw CommandFailure.error("the server did not take the request up in 30 s")
            .next("Stop it, and run the same command again: it works without the server, too.");
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private void tell(Path context, Instant until, boolean json) {
    if (json) {
      var answer = new LinkedHashMap<String, Object>();
      answer.put("context", context.toString());
      answer.put("until", until);
      console.printJson(answer);
    } else {
      console.print(context.toString());
    }
    console.say(
        """
        You may do everything until %s, and everybody is told. Next:
          export NAMEPLATE_CONTEXT=%s
          nameplate admin whoami
          nameplate admin add NAME --role security-officer
        When that is done: nameplate admin retire <the name that whoami says> --reason superseded\
        """
            .formatted(until, context.toAbsolutePath()));
  }
}
