package dev.nameplate.cli;

import dev.nameplate.server.SettingsFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "check",
    description = {
      "Look for mistakes in nameplate.yaml and the profiles, without starting anything: the same"
          + " that `nameplate serve` would complain about. Ends with 1 if there are any.",
      "",
      "Example:",
      "  nameplate config check --dir np"
    })
final class ConfigCheckCommand implements Runnable {

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "The folder that `nameplate init` made. Default: $$NAMEPLATE_DIR, else np.")
  @Nullable Path dir;

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  ConfigCheckCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var folder =
        dir != null ? dir : console.variable("NAMEPLATE_DIR").map(Path::of).orElse(Path.of("np"));
    var problems = SettingsFile.check(folder);
    if (output.json(console)) {
      var found = new LinkedHashMap<String, Object>();
      found.put("valid", problems.isEmpty());
      found.put("problems", problems);
      console.printJson(found);
    } else {
      problems.forEach(problem -> console.print(problem.toString()));
    }
    if (!problems.isEmpty()) {
      throw CommandFailure.error(
              problems.size() == 1
                  ? "one mistake was found"
                  : problems.size() + " mistakes were found")
          .next("`nameplate serve` will not start until they are gone.");
    }
    console.say("The settings and profiles in " + folder + " are as they should be.");
  }
}
