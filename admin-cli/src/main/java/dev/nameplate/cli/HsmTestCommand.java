package dev.nameplate.cli;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.x509.KeyFingerprint;
import dev.nameplate.cli.doctor.Grade;
import dev.nameplate.hsm.HsmException;
import dev.nameplate.hsm.HsmSettings;
import dev.nameplate.hsm.TokenKeyVault;
import dev.nameplate.server.admin.AdminApi;
import dev.nameplate.server.ceremony.OnlineServer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "test",
    description = {
      "Log in once, have each key that the database knows sign something, and verify it. Keys in the"
          + " token that the database does not know are listed. The key of an offline root is not"
          + " looked for.",
      "",
      "Ends with 0 if every key signs that is not offline, 10 if there are keys that nobody knows or"
          + " that PKCS#11 does not reach, 12 if a key does not sign.",
      "",
      "Example:",
      "  nameplate hsm test --dir np"
    })
final class HsmTestCommand implements Callable<Integer> {

  /// Nothing that a CA signs begins with a letter.
  private static final byte[] PROBE =
      "nameplate hsm test: this is no certificate".getBytes(StandardCharsets.US_ASCII);

  @Mixin TokenOptions tokens = new TokenOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  HsmTestCommand(Console console) {
    this.console = console;
  }

  /// What became of one key.
  ///
  /// @param use what it signs, or nothing if nobody knows
  record Tried(String result, String token, String label, String use, String found) {}

  @Override
  public Integer call() {
    var json = output.json(console);
    var known = tokens.known(console);
    var tried = new ArrayList<Tried>();
    var reached = tokens.reached(console);
    for (var each : reached) {
      var its =
          known.stream()
              .filter(key -> each.holds().contains(key.token()))
              .map(key -> at(each.token(), key))
              .toList();
      tried.addAll(test(each.token(), its));
    }
    known.stream()
        .filter(key -> reached.stream().noneMatch(each -> each.holds().contains(key.token())))
        .map(HsmTestCommand::elsewhere)
        .forEach(tried::add);
    if (json) {
      var found = new LinkedHashMap<String, Object>();
      found.put("items", tried);
      console.printJson(found);
    } else {
      var table = Table.of("RESULT", "TOKEN", "KEY", "SIGNS", "FOUND");
      tried.forEach(
          each -> table.row(each.result(), each.token(), each.label(), each.use(), each.found()));
      console.print(table);
    }
    return exitCode(tried).code();
  }

  private static Tried elsewhere(AdminApi.Key key) {
    return key.token().equals(OnlineServer.OFFLINE)
        ? tried(Grade.OK, key, "it is offline on purpose, and not tried")
        : tried(Grade.NOTE, key, "its token is none that PKCS#11 reaches from here");
  }

  /// The same key in this token, which may be the clone of the one that it was made in.
  private static AdminApi.Key at(HsmSettings token, AdminApi.Key key) {
    return new AdminApi.Key(key.use(), token.token(), key.label(), key.id(), key.spkiSha256());
  }

  private static List<Tried> test(HsmSettings token, List<AdminApi.Key> known) {
    try (var vault = TokenOptions.open(token.withSessions(1))) {
      var tried = new ArrayList<Tried>();
      known.forEach(key -> tried.add(probe(vault, key)));
      for (var found : vault.keys()) {
        if (known.stream().noneMatch(key -> key.id().equals(found.id()))) {
          tried.add(
              new Tried(
                  word(Grade.NOTE),
                  token.token(),
                  found.label(),
                  "",
                  "nobody knows it: " + found.type() + ", id " + found.id()));
        }
      }
      return tried;
    } catch (HsmException refused) {
      var why = String.valueOf(refused.getMessage());
      return known.isEmpty()
          ? List.of(new Tried(word(Grade.FAIL), token.token(), "", "", why))
          : known.stream().map(key -> tried(Grade.FAIL, key, why)).toList();
    }
  }

  private static Tried probe(TokenKeyVault vault, AdminApi.Key key) {
    try {
      var location =
          new KeyLocation(key.token(), key.label(), key.id(), new KeyFingerprint(key.spkiSha256()));
      var signing = vault.find(location);
      var signature = signing.sign(PROBE);
      return signing.publicKey().verifies(signing.algorithm(), PROBE, signature)
          ? tried(Grade.OK, key, signing.publicKey().type().text() + " signs")
          : tried(Grade.FAIL, key, "its signature does not verify");
    } catch (SigningException refused) {
      return tried(Grade.FAIL, key, String.valueOf(refused.getMessage()));
    }
  }

  private static Tried tried(Grade grade, AdminApi.Key key, String found) {
    return new Tried(word(grade), key.token(), key.label(), key.use(), found);
  }

  private static String word(Grade grade) {
    return grade.name().toLowerCase(Locale.ROOT);
  }

  private static ExitCode exitCode(List<Tried> tried) {
    return tried.stream()
        .map(each -> Grade.valueOf(each.result().toUpperCase(Locale.ROOT)))
        .max(Comparator.naturalOrder())
        .map(worst ->
            switch (worst) {
              case OK -> ExitCode.OK;
              case NOTE -> ExitCode.NOTES;
              case WARN -> ExitCode.WARNINGS;
              case FAIL -> ExitCode.FAULTS;
            })
        .orElse(ExitCode.OK);
  }
}
