package dev.nameplate.server;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `docs/settings.md` and `docs/profiles.md`, written from the records themselves.
final class SettingsReference {

  private static final Map<Class<?>, String> KINDS =
      Map.of(
          String.class, "text",
          int.class, "whole number",
          Integer.class, "whole number",
          double.class, "number",
          boolean.class, "true or false",
          Duration.class, "duration",
          Path.class, "path",
          URI.class, "URL");

  private SettingsReference() {}

  static String settings() {
    return """
    # Settings

    `nameplate.yaml` in the server's folder; `nameplate init` writes one with comments. A setting
    that is unknown or missing stops the start, and all of them are named with their lines:
    `nameplate config check --dir np` says the same. Durations are written `500ms`, `30s`, `15m`,
    `24h` or `90d`; relative paths are relative to the file.

    This page is generated from the records that the server reads; `./build fix` renews it.

    """
        + table(Settings.class);
  }

  static String profiles() {
    return """
    # Certificate profiles

    One file for each profile in the folder `profiles`, named after it: `profiles/device.yaml`. The
    hash of a file's content is the profile's version, and every certificate refers to the version
    that it was issued under. What a request asks for never widens a profile.

    This page is generated from the records that the server reads; `./build fix` renews it.

    """
        + table(ProfileFile.class);
  }

  private static String table(Class<?> type) {
    var rows = new ArrayList<String>();
    rows.add("| Setting | Kind | Default | Meaning |");
    rows.add("|---|---|---|---|");
    describe(type, "", rows);
    return String.join("\n", rows) + "\n";
  }

  private static void describe(Class<?> type, String path, List<String> rows) {
    for (var component : type.getRecordComponents()) {
      var name = path + RecordBinder.key(component);
      var setting = component.getAnnotation(Setting.class);
      var section = section(component);
      if (section.isPresent()) {
        var purpose = setting == null ? "" : " " + setting.value();
        rows.add("| **`%s`** | section | |%s |".formatted(name, purpose));
        describe(section.get(), name + ".", rows);
      } else if (component.getType().isSealed()) {
        var forms = List.of(component.getType().getPermittedSubclasses());
        var words = forms.stream().filter(Class::isEnum).findFirst().orElseThrow();
        rows.add(
            "| **`%s`** | %s, or a section | **required** | %s |"
                .formatted(name, kind(words), setting.value()));
        describe(
            forms.stream().filter(Class::isRecord).findFirst().orElseThrow(), name + ".", rows);
      } else {
        rows.add(
            "| `%s` | %s | %s | %s |"
                .formatted(
                    name,
                    kind(component.getGenericType()),
                    fallback(component, setting),
                    setting.value()));
      }
    }
  }

  private static Optional<Class<?>> section(RecordComponent component) {
    var type = component.getGenericType();
    var inner =
        type instanceof ParameterizedType generic && generic.getRawType() == Optional.class
            ? generic.getActualTypeArguments()[0]
            : type;
    return inner instanceof Class<?> plain && plain.isRecord()
        ? Optional.of(plain)
        : Optional.empty();
  }

  private static String fallback(RecordComponent component, @Nullable Setting setting) {
    if (component.getType() == Optional.class) {
      return "none";
    }
    return setting == null || setting.byDefault().equals(Setting.NONE)
        ? "**required**"
        : "`" + setting.byDefault() + "`";
  }

  private static String kind(Type type) {
    if (type instanceof ParameterizedType generic) {
      var inner = kind(generic.getActualTypeArguments()[0]);
      return generic.getRawType() == Optional.class ? inner : "list of " + inner;
    }
    var plain = (Class<?>) type;
    if (plain.isEnum()) {
      return Arrays.stream(plain.getEnumConstants())
          .map(constant -> "`" + RecordBinder.word(constant) + "`")
          .collect(Collectors.joining(", "));
    }
    if (plain.isRecord()) {
      return "section";
    }
    var kind = KINDS.get(plain);
    if (kind == null) {
      throw new IllegalStateException("no word for a " + plain);
    }
    return kind;
  }
}
