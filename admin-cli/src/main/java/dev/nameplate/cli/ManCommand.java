package dev.nameplate.cli;

import dev.nameplate.server.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "man",
    description = {
      "Print the manual page of a command, or write those of all.",
      "",
      "A distribution has them in share/man, where man finds them if its bin is in the PATH.",
      "",
      "Examples:",
      "  nameplate man device retire | man -l -",
      "  nameplate man --write /usr/local/share/man/man1"
    })
final class ManCommand implements Runnable {

  @Parameters(
      paramLabel = "COMMAND",
      arity = "0..*",
      description = "Its words: device retire. Without any: nameplate itself.")
  List<String> words = List.of();

  @Option(
      names = "--write",
      paramLabel = "DIR",
      description = "Write a page for every command into this folder.")
  @Nullable Path folder;

  @Mixin CommonOptions common = new CommonOptions();

  @Spec CommandSpec spec = CommandSpec.create();

  private final Console console;

  ManCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var command = spec.root();
    for (var word : words) {
      CommandLine next = command.subcommands().get(word);
      if (next == null) {
        throw CommandFailure.of(
                ExitCode.USAGE, "there is no command " + String.join(" ", words) + ": " + word)
            .next("One of: " + String.join(", ", command.subcommands().keySet()));
      }
      command = next.getCommandSpec();
    }
    if (folder == null) {
      ManPage.of(command, Version.text()).lines().forEach(console::print);
    } else {
      int pages = write(folder, command);
      console.say("Wrote " + pages + " manual pages to " + folder + ".");
    }
  }

  private static int write(Path folder, CommandSpec from) {
    var commands = new ArrayList<CommandSpec>();
    collect(from, commands);
    try {
      Files.createDirectories(folder);
      for (var command : commands) {
        Files.writeString(
            folder.resolve(ManPage.name(command) + ".1"), ManPage.of(command, Version.text()));
      }
    } catch (IOException unwritable) {
      throw CommandFailure.error("the manual pages cannot be written to " + folder)
          .because(unwritable);
    }
    return commands.size();
  }

  private static void collect(CommandSpec command, List<CommandSpec> into) {
    into.add(command);
    command.subcommands().values().forEach(each -> collect(each.getCommandSpec(), into));
  }
}
