package dev.nameplate.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "completion",
    description = {
      "Print a completion script for bash and zsh.",
      "",
      "Examples:",
      "  source <(nameplate completion)",
      "  nameplate completion > /etc/bash_completion.d/nameplate"
    })
final class CompletionCommand implements Runnable {

  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  @Spec CommandSpec spec = CommandSpec.create();

  CompletionCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    console.out().print(AutoComplete.bash("nameplate", spec.root().commandLine()));
    console.out().println();
  }
}
