package dev.nameplate.cli;

import picocli.CommandLine.Option;

/// What every command understands.
final class CommonOptions {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this help.")
  boolean help;

  @Option(names = "--verbose", description = "With an error, also print what caused it.")
  boolean verbose;
}
