package dev.nameplate.cli;

import picocli.CommandLine.Option;

/// `--dry-run`, for commands that can say what they would do.
final class DryRun {

  @Option(names = "--dry-run", description = "Say what would be done, and do nothing.")
  boolean wanted;
}
