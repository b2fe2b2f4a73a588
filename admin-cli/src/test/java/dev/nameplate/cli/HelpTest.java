package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/// `--help` is what people rely on, so it is a golden file for each command. `./build fix` renews
/// them.
class HelpTest {

  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  static Stream<CommandLine> commands() {
    var root =
        NameplateCommand.commandLine(
            new Console(
                new PrintStream(System.out, true, StandardCharsets.UTF_8),
                new PrintStream(System.err, true, StandardCharsets.UTF_8),
                Map.of(),
                false));
    var all = new ArrayList<CommandLine>();
    collect(root, all);
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void isWhatItWas(CommandLine command) throws IOException {
    var name = command.getCommandSpec().qualifiedName("-");
    var golden = GOLDEN.resolve("help-" + name + ".txt");
    var help = command.getUsageMessage();
    if (Boolean.getBoolean("golden.update")) {
      Files.createDirectories(GOLDEN);
      Files.writeString(golden, help);
    }

    assertThat(golden)
        .as("the help of %s; if the change is meant: ./build fix", name)
        .hasContent(help);
  }

  @Test
  void fitsOnATerminalAndHasNoColoursWhenNobodyWantsThem() {
    assertThat(commands().map(CommandLine::getUsageMessage))
        .allSatisfy(
            help -> assertThat(help.lines()).allMatch(line -> line.length() <= 100).isNotEmpty())
        .noneMatch(help -> help.contains("\u001b"));
  }

  @Test
  void everyVerbHasAnExample() {
    assertThat(commands().filter(each -> each.getSubcommands().isEmpty()))
        .filteredOn(each -> !List.of("help", "version").contains(each.getCommandName()))
        .allSatisfy(each -> assertThat(each.getUsageMessage()).contains("Example"));
  }

  @Test
  void noOptionTakesASecretBecauseEverybodyCanReadArguments() {
    assertThat(commands().flatMap(each -> each.getCommandSpec().options().stream()))
        .filteredOn(option -> option.longestName().matches(".*(secret|pin|password|token).*"))
        .extracting(option -> option.longestName())
        // --token is the label of one, --secrets a file
        .containsOnly(
            "--secrets",
            "--secret-file",
            "--secret-uses",
            "--secret-ttl",
            "--database-password-file",
            "--token");
  }

  @Test
  void exitCodesAreExplained() {
    var help = new Shell().run("--help");

    assertThat(help.exit()).isZero();
    assertThat(help.out())
        .contains("Exit codes:")
        .containsPattern("(?m)^ +8 +done, but relying parties");
    assertThat(help.err()).isEmpty();
  }

  private static void collect(CommandLine command, List<CommandLine> into) {
    into.add(command);
    command.getSubcommands().values().forEach(each -> collect(each, into));
  }
}
