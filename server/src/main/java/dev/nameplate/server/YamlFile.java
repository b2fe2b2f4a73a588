package dev.nameplate.server;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads YAML with its line numbers: one document of mappings, sequences and scalars. Anchors and
/// aliases are not for settings, and are refused.
final class YamlFile {

  private static final long LARGEST = 1024L * 1024;
  private static final YAMLFactory YAML = new YAMLFactory();

  private YamlFile() {}

  /// The text of a file, or empty and a problem.
  static Optional<String> text(Path file, List<SettingsProblem> problems) {
    try {
      if (Files.size(file) > LARGEST) {
        problems.add(new SettingsProblem(file, 0, "larger than " + LARGEST + " bytes"));
        return Optional.empty();
      }
      return Optional.of(Files.readString(file));
    } catch (NoSuchFileException _) {
      problems.add(new SettingsProblem(file, 0, "there is no such file"));
    } catch (IOException unreadable) {
      problems.add(new SettingsProblem(file, 0, "cannot be read: " + unreadable));
    }
    return Optional.empty();
  }

  /// The document in `text`, or empty and a problem.
  static Optional<YamlNode> parse(Path file, String text, List<SettingsProblem> problems) {
    try (var parser = YAML.createParser(text)) {
      if (parser.nextToken() == null) {
        problems.add(new SettingsProblem(file, 0, "is empty"));
        return Optional.empty();
      }
      var document = node(parser);
      if (parser.nextToken() != null) {
        throw new Refused(line(parser.currentTokenLocation()), "a second document");
      }
      return Optional.of(document);
    } catch (Refused refused) {
      problems.add(new SettingsProblem(file, refused.line, refused.what));
    } catch (JsonProcessingException malformed) {
      var location = malformed.getLocation();
      problems.add(
          new SettingsProblem(
              file,
              location == null ? 0 : line(location),
              "is not YAML: " + malformed.getOriginalMessage().lines().findFirst().orElse("")));
    } catch (IOException impossible) {
      throw new IllegalStateException("a text that cannot be read", impossible);
    }
    return Optional.empty();
  }

  private static YamlNode node(YAMLParser parser) throws IOException, Refused {
    int line = line(parser.currentTokenLocation());
    if (parser.isCurrentAlias() || parser.getObjectId() != null) {
      throw new Refused(line, "anchors and aliases are not known here");
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> mapping(parser, line);
      case START_ARRAY -> sequence(parser, line);
      case VALUE_STRING,
          VALUE_NUMBER_INT,
          VALUE_NUMBER_FLOAT,
          VALUE_TRUE,
          VALUE_FALSE,
          VALUE_NULL ->
          new YamlNode.Scalar(line, parser.getText());
      case END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
          throw new Refused(line, "unexpected " + parser.currentToken());
    };
  }

  private static YamlNode mapping(YAMLParser parser, int line) throws IOException, Refused {
    var entries = new ArrayList<YamlNode.Entry>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      int keyLine = line(parser.currentTokenLocation());
      var key = parser.currentName();
      parser.nextToken();
      entries.add(new YamlNode.Entry(keyLine, key, node(parser)));
    }
    return new YamlNode.Mapping(line, List.copyOf(entries));
  }

  private static YamlNode sequence(YAMLParser parser, int line) throws IOException, Refused {
    var items = new ArrayList<YamlNode>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(node(parser));
    }
    return new YamlNode.Sequence(line, List.copyOf(items));
  }

  private static int line(JsonLocation location) {
    return location.getLineNr();
  }

  private static final class Refused extends Exception {

    private static final long serialVersionUID = 1L;

    private final int line;
    private final String what;

    Refused(int line, String what) {
      super(what);
      this.line = line;
      this.what = what;
    }
  }
}
