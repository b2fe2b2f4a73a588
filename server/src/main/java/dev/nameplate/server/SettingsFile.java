package dev.nameplate.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// `nameplate.yaml`, and what is wrong with it.
public final class SettingsFile {

  public static final String NAME = "nameplate.yaml";

  private SettingsFile() {}

  /// The settings of a folder.
  ///
  /// @throws InvalidSettingsException that names everything that is wrong with them
  public static Settings read(Path dir) throws InvalidSettingsException {
    var problems = new ArrayList<SettingsProblem>();
    var settings = read(dir.resolve(NAME), problems);
    if (settings.isEmpty()) {
      throw new InvalidSettingsException(sorted(problems));
    }
    return settings.get();
  }

  /// Everything that is wrong with the settings and profiles of a folder, in the order of files and
  /// lines; empty if the server would accept them.
  public static List<SettingsProblem> check(Path dir) {
    var problems = new ArrayList<SettingsProblem>();
    var file = dir.resolve(NAME);
    var settings = read(file, problems);
    if (settings.filter(Settings::isStatusNode).isPresent()) {
      // issues nothing, so it has no profiles
      return sorted(problems);
    }
    var folder = settings.map(Settings::profiles).orElse(dir.resolve(ProfileFiles.FOLDER));
    var profiles = ProfileFiles.read(folder, problems);
    settings
        .filter(_ -> problems.isEmpty())
        .ifPresent(read -> checkTogether(file, read, profiles, problems));
    return sorted(problems);
  }

  /// What only settings and profiles together can tell.
  private static void checkTogether(
      Path file, Settings settings, ProfileFiles profiles, List<SettingsProblem> problems) {
    var label = settings.est().defaultLabel();
    if (profiles.est().stream().noneMatch(profile -> profile.name().equals(label))) {
      problems.add(
          new SettingsProblem(
              file, 0, "est.default_label: no profile for EST has the name '" + label + "'"));
    }
  }

  private static Optional<Settings> read(Path file, List<SettingsProblem> problems) {
    return YamlFile.text(file, problems)
        .flatMap(text -> YamlFile.parse(file, text, problems))
        .flatMap(node -> new RecordBinder(file, problems).bind(Settings.class, node));
  }

  private static List<SettingsProblem> sorted(List<SettingsProblem> problems) {
    return problems.stream()
        .sorted(Comparator.comparing(SettingsProblem::file).thenComparingInt(SettingsProblem::line))
        .toList();
  }
}
