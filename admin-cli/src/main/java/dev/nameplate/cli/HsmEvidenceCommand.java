package dev.nameplate.cli;

import dev.nameplate.ca.signing.KeyEvidence;
import dev.nameplate.ca.signing.KeyEvidence.Outcome;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.hsm.FoundKey;
import dev.nameplate.hsm.HsmException;
import dev.nameplate.hsm.HsmSettings;
import dev.nameplate.server.Nameplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "evidence",
    description = {
      "Show what a token says of one key, what it refuses to do with it, and a fresh signature over"
          + " a nonce. What the token must refuse is tried; a copy or a wrapped key that comes out"
          + " all the same is destroyed. docs/key-evidence.md says what this proves, and what not.",
      "",
      "With -o json it is canonical JSON (RFC 8785), of the form whose SHA-256 is in the audit log"
          + " for each key that Nameplate made. Ends with 12 if the key can get out.",
      "",
      "Examples:",
      "  nameplate hsm evidence issuing-1767225600000 --dir np",
      "  nameplate hsm evidence issuing-1767225600000 --nonce 5f2c01 --out evidence.json"
    })
final class HsmEvidenceCommand implements Callable<Integer> {

  private static final int NONCE_BYTES = 32;
  private static final int LONGEST_NONCE = 128;

  @Parameters(
      paramLabel = "KEY",
      description = "Its label, its id in hex, or the SHA-256 of its public key.")
  String key = "";

  @Option(
      names = "--nonce",
      paramLabel = "HEX",
      description =
          "What the key signs, from whoever wants to know that it does so now; 1 to 128"
              + " bytes. Default: a random one.")
  @Nullable String nonce;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write the JSON into this new file, too.")
  @Nullable Path out;

  @Mixin TokenOptions tokens = new TokenOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  HsmEvidenceCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    var json = output.json(console);
    var bytes = nonce();
    var evidence = find(bytes);
    if (out != null) {
      write(out, evidence.toJson());
    }
    if (json) {
      console.out().println(evidence.toJson());
    } else {
      print(evidence);
    }
    for (var exposure : evidence.exposures()) {
      console.say("THIS KEY CAN GET OUT: the token let us " + exposure.what() + ".");
    }
    return (evidence.exposures().isEmpty() ? ExitCode.OK : ExitCode.FAULTS).code();
  }

  private byte[] nonce() {
    if (nonce == null) {
      var random = new byte[NONCE_BYTES];
      Nameplate.random().nextBytes(random);
      return random;
    }
    try {
      var given = HexFormat.of().parseHex(nonce);
      if (given.length > 0 && given.length <= LONGEST_NONCE) {
        return given;
      }
    } catch (IllegalArgumentException notHex) {
      // said below
    }
    throw CommandFailure.of(ExitCode.USAGE, "--nonce must be 1 to 128 bytes in hex: " + nonce);
  }

  /// In the first token that has it, and in no other; one that is away may have it, if none has.
  private KeyEvidence find(byte[] bytes) {
    var seen = new ArrayList<String>();
    HsmException away = null;
    for (var token : tokens.tokens(console)) {
      try {
        var evidence = find(token, bytes, seen);
        if (evidence.isPresent()) {
          return evidence.get();
        }
      } catch (HsmException refused) {
        if (away == null) {
          away = refused;
        } else {
          away.addSuppressed(refused);
        }
      }
    }
    if (away != null) {
      throw CommandFailure.error(String.valueOf(away.getMessage())).because(away);
    }
    throw CommandFailure.of(ExitCode.NOT_FOUND, "no token has a key " + key)
        .next(
            seen.isEmpty()
                ? "There are no keys at all."
                : "There are these: " + String.join(", ", seen) + ".");
  }

  private Optional<KeyEvidence> find(HsmSettings token, byte[] bytes, List<String> seen) {
    try (var vault = TokenOptions.open(token.withSessions(1))) {
      var keys = vault.keys();
      keys.forEach(each -> seen.add(each.label()));
      var meant = keys.stream().filter(this::isMeant).toList();
      if (meant.isEmpty()) {
        return Optional.empty();
      }
      if (meant.size() > 1) {
        throw CommandFailure.of(ExitCode.CONFLICT, "several keys are called " + key)
            .next("Name one by its id, or by the SHA-256 of its public key.");
      }
      KeyLocation location =
          meant
              .getFirst()
              .location()
              .orElseThrow(() ->
                  CommandFailure.error(
                      "the key " + key + " cannot be used: " + meant.getFirst().type()));
      return Optional.of(vault.evidence(location, bytes, InstantSource.system().instant()));
    }
  }

  private boolean isMeant(FoundKey found) {
    return found.label().equals(key)
        || found.id().equalsIgnoreCase(key)
        || found.location().filter(at -> at.fingerprint().hex().equalsIgnoreCase(key)).isPresent();
  }

  private static void write(Path file, String json) {
    try {
      Files.writeString(file, json, StandardOpenOption.CREATE_NEW);
    } catch (IOException unwritable) {
      throw CommandFailure.error(file + " cannot be written: " + unwritable).because(unwritable);
    }
  }

  private void print(KeyEvidence evidence) {
    var location = evidence.key();
    console.print(
        Table.pairs()
            .row("key", location.label())
            .row("id", location.id())
            .row("type", evidence.publicKey().type().text())
            .row("public key SHA-256", location.fingerprint())
            .row("token", location.token() + ", serial " + evidence.token().get("serial"))
            .row("module", evidence.module().get("description"))
            .row("time", evidence.at())
            .row("nonce", evidence.proof().nonce())
            .row("evidence SHA-256", evidence.sha256()));
    console.print("");
    var attributes = Table.of("ATTRIBUTE", "VALUE");
    new TreeMap<>(evidence.attributes()).forEach(attributes::row);
    console.print(attributes);
    console.print("");
    var attempts = Table.of("TRIED TO", "THE TOKEN SAID");
    for (var attempt : evidence.attempts()) {
      attempts.row(attempt.what(), said(attempt));
    }
    console.print(attempts);
    console.print("");
    evidence.limits().forEach(console::print);
  }

  private static String said(KeyEvidence.Attempt attempt) {
    return switch (attempt.outcome()) {
      case Outcome.Refused(var code) -> "no: " + code;
      case Outcome.Worked(var after) ->
          (attempt.exposes() ? "YES, THE KEY CAN GET OUT; " : "yes; ") + after;
      case Outcome.NotTried(var why) -> "not tried: " + why;
    };
  }
}
