package dev.nameplate.server;

import java.util.List;
import java.util.stream.Collectors;

/// Settings or profiles are not as they must be. Nothing was started.
public final class InvalidSettingsException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient List<SettingsProblem> problems;

  public InvalidSettingsException(List<SettingsProblem> problems) {
    super(problems.stream().map(SettingsProblem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /// All of them, not only the first.
  public List<SettingsProblem> problems() {
    return problems;
  }
}
