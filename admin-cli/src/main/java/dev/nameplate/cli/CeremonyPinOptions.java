package dev.nameplate.cli;

import dev.nameplate.server.ceremony.PinParts;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// What opens the root's token.
final class CeremonyPinOptions {

  @Option(
      names = "--half",
      paramLabel = "FILE",
      description =
          "A file whose first line is one half of the PIN; twice, in their order. Without it two"
              + " people are asked, one after the other.")
  List<Path> halves = List.of();

  @Option(
      names = "--share",
      paramLabel = "FILE",
      description =
          "A file with a share of the PIN; as often as shares are needed. Without it the custodians"
              + " are asked, one after the other.")
  List<Path> shares = List.of();

  PinParts ask(int threshold, String label) {
    return threshold == 0 ? halves(label) : shares(threshold, label);
  }

  private PinParts halves(String label) {
    if (!shares.isEmpty()) {
      throw wrong("the PIN of token " + label + " is in two halves, not in shares: --half FILE");
    }
    if (halves.isEmpty()) {
      return new PinParts.Halves(
          Keyboard.secret("First half of the PIN of token " + label, "--half FILE, twice"),
          Keyboard.secret("Second half", "--half FILE, twice"));
    }
    if (halves.size() != 2) {
      throw wrong("--half: two are needed, and " + halves.size() + " given");
    }
    return new PinParts.Halves(Inputs.secret(halves.get(0)), Inputs.secret(halves.get(1)));
  }

  private PinParts shares(int threshold, String label) {
    if (!halves.isEmpty()) {
      throw wrong("the PIN of token " + label + " is in shares, not in two halves: --share FILE");
    }
    var texts = new ArrayList<String>();
    if (shares.isEmpty()) {
      for (int i = 1; i <= threshold; i++) {
        var typed =
            Keyboard.secret(
                "Share %d of %d for token %s".formatted(i, threshold, label),
                "--share FILE, " + threshold + " times");
        texts.add(new String(typed, StandardCharsets.UTF_8));
      }
    } else if (shares.size() != threshold) {
      throw wrong("--share: " + threshold + " are needed, and " + shares.size() + " given");
    } else {
      shares.forEach(file -> texts.add(Inputs.text(file)));
    }
    return new PinParts.Shares(texts);
  }

  private static CommandFailure wrong(String what) {
    return CommandFailure.of(ExitCode.USAGE, what);
  }
}
