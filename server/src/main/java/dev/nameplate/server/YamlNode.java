package dev.nameplate.server;

import java.util.List;

/// A piece of YAML that knows its line (1 for the first).
sealed interface YamlNode {

  int line();

  record Scalar(int line, String text) implements YamlNode {}

  record Sequence(int line, List<YamlNode> items) implements YamlNode {}

  record Mapping(int line, List<Entry> entries) implements YamlNode {}

  record Entry(int line, String key, YamlNode value) {}
}
