package dev.nameplate.cli;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.hsm.HsmException;
import dev.nameplate.hsm.HsmSettings;
import dev.nameplate.hsm.SignatureBench;
import dev.nameplate.hsm.TokenKeyVault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "bench",
    description = {
      "Measure how often a token signs, and what it costs this machine's processors: alone, and with"
          + " the check of each signature that the server makes.",
      "",
      "It signs with temporary keys that are not kept in the token, through as many sessions as the"
          + " server would use; with --key, with a key of the token. A server that runs beside it is"
          + " slowed down meanwhile.",
      "",
      "Examples:",
      "  nameplate hsm bench --dir np",
      "  nameplate hsm bench --dir np --types ec-p256 --callers 1,4,16,64 --seconds 10"
    })
final class HsmBenchCommand implements Runnable {

  private static final int MOST_CALLERS = 1024;

  @Option(
      names = "--types",
      paramLabel = "TYPE",
      split = ",",
      hideParamSyntax = true,
      description = "The types of keys. Default: ec-p256,ec-p384,rsa-2048,rsa-3072.")
  List<KeyType> types =
      List.of(KeyType.EC_P256, KeyType.EC_P384, KeyType.RSA_2048, KeyType.RSA_3072);

  @Option(
      names = "--key",
      paramLabel = "LABEL",
      description = "A key of the token, instead of temporary ones. What it signs is kept nowhere.")
  @Nullable String key;

  @Option(
      names = "--callers",
      paramLabel = "N",
      split = ",",
      hideParamSyntax = true,
      description = "How many callers there are at once. Default: 1,4,16.")
  List<Integer> callers = List.of(1, 4, 16);

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "2",
      description = "How long each measurement takes. Default: ${DEFAULT-VALUE}.")
  int seconds = 2;

  @Mixin TokenOptions tokens = new TokenOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  HsmBenchCommand(Console console) {
    this.console = console;
  }

  /// What was measured; rates are signatures per second, costs millionths of a second of CPU.
  record Line(
      String token,
      String key,
      int callers,
      double perSecond,
      double cpuMicros,
      double checkedPerSecond,
      double checkedCpuMicros) {}

  @Override
  public void run() {
    var json = output.json(console);
    if (seconds < 1 || callers.stream().anyMatch(each -> each < 1 || each > MOST_CALLERS)) {
      throw CommandFailure.of(
          ExitCode.USAGE, "--seconds must be 1 or more, --callers between 1 and " + MOST_CALLERS);
    }
    var lines = new ArrayList<Line>();
    try {
      for (var token : tokens.tokens(console)) {
        lines.addAll(measure(token));
      }
    } catch (HsmException refused) {
      throw CommandFailure.error(String.valueOf(refused.getMessage())).because(refused);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return;
    }
    if (key != null && lines.isEmpty()) {
      throw CommandFailure.of(ExitCode.NOT_FOUND, "no token has a key " + key);
    }
    if (json) {
      console.printJson(Map.of("items", lines));
    } else {
      print(lines);
    }
  }

  private List<Line> measure(HsmSettings token) throws InterruptedException {
    try (var vault = TokenOptions.open(token)) {
      var lines = new ArrayList<Line>();
      if (key != null) {
        var location = found(vault, key);
        if (location.isPresent()) {
          lines.addAll(measure(token, key, vault.measured(location.get())));
        }
        return lines;
      }
      for (var type : types) {
        try {
          lines.addAll(measure(token, type.text(), vault.measured(type)));
        } catch (SigningException notMade) {
          console.say(type.text() + " is not measured: " + notMade.getMessage());
        }
      }
      return lines;
    }
  }

  /// Nothing if this token has no such key: another one may have it.
  private static Optional<KeyLocation> found(TokenKeyVault vault, String key) {
    var found = vault.keys().stream().filter(each -> each.label().equals(key)).toList();
    if (found.isEmpty()) {
      return Optional.empty();
    }
    if (found.size() > 1 || found.getFirst().location().isEmpty()) {
      throw CommandFailure.of(ExitCode.NOT_FOUND, "the token has not one usable key " + key);
    }
    return found.getFirst().location();
  }

  private List<Line> measure(HsmSettings token, String name, SignatureBench.Key measured)
      throws InterruptedException {
    var lines = new ArrayList<Line>();
    for (int count : callers) {
      var time = Duration.ofSeconds(seconds);
      var alone = SignatureBench.run(measured.unchecked(), count, time);
      var checked = SignatureBench.run(measured.checked(), count, time);
      lines.add(
          new Line(
              token.token(),
              name,
              count,
              alone.perSecond(),
              alone.cpuMicros(),
              checked.perSecond(),
              checked.cpuMicros()));
    }
    return lines;
  }

  private void print(List<Line> lines) {
    var table = Table.of("TOKEN", "KEY", "CALLERS", "SIGNED/S", "CPU µs", "CHECKED/S", "CPU µs");
    for (var line : lines) {
      table.row(
          line.token(),
          line.key(),
          line.callers(),
          whole(line.perSecond()),
          whole(line.cpuMicros()),
          whole(line.checkedPerSecond()),
          whole(line.checkedCpuMicros()));
    }
    console.print(table);
  }

  private static String whole(double number) {
    return String.format(Locale.ROOT, "%.0f", number);
  }
}
