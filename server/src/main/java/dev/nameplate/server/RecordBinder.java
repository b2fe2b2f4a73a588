package dev.nameplate.server;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Makes records of YAML. Everything that is wrong is collected, not only what is met first:
/// unknown and missing settings, values of the wrong shape, and what the records' constructors
/// refuse.
final class RecordBinder {

  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
  private static final Pattern INTEGER = Pattern.compile("-?\\d{1,9}");
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}(\\.\\d{1,9})?");

  private final Path file;
  private final List<SettingsProblem> problems;

  /// @param file relative paths are relative to its folder
  RecordBinder(Path file, List<SettingsProblem> problems) {
    this.file = file;
    this.problems = problems;
  }

  /// The record that the document says; empty if there was a problem.
  <T extends Record> Optional<T> bind(Class<T> type, YamlNode document) {
    int before = problems.size();
    var bound = record(type, document, "");
    return problems.size() > before ? Optional.empty() : Optional.ofNullable(type.cast(bound));
  }

  /// How a component is written: `secretTtl` as `secret_ttl`.
  static String key(RecordComponent component) {
    return component.getName().replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
  }

  /// How a constant is written: `CA_ISSUERS` as `ca-issuers`.
  static String word(Object constant) {
    return constant.toString().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// A `Duration` as it is written: `90d`.
  static String text(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 86_400_000 == 0) {
      return millis / 86_400_000 + "d";
    }
    if (millis % 3_600_000 == 0) {
      return millis / 3_600_000 + "h";
    }
    if (millis % 60_000 == 0) {
      return millis / 60_000 + "m";
    }
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }

  private @Nullable Object record(Class<?> type, YamlNode node, String path) {
    if (!(node instanceof YamlNode.Mapping mapping)) {
      problem(node.line(), name(path) + " must be settings by name, not one value");
      return null;
    }
    var entries = entries(type, mapping, path);
    int before = problems.size();
    var components = type.getRecordComponents();
    var values = new @Nullable Object[components.length];
    for (int i = 0; i < components.length; i++) {
      var key = key(components[i]);
      values[i] = component(components[i], entries.get(key), mapping.line(), path + key);
    }
    return problems.size() > before ? null : construct(type, components, values, mapping, path);
  }

  private Map<String, YamlNode.Entry> entries(
      Class<?> type, YamlNode.Mapping mapping, String path) {
    var known =
        Arrays.stream(type.getRecordComponents())
            .map(RecordBinder::key)
            .collect(Collectors.toSet());
    var entries = new HashMap<String, YamlNode.Entry>();
    for (var entry : mapping.entries()) {
      if (!known.contains(entry.key())) {
        problem(entry.line(), "unknown setting " + path + entry.key());
      } else if (entries.putIfAbsent(entry.key(), entry) != null) {
        problem(entry.line(), path + entry.key() + " is there twice");
      }
    }
    return entries;
  }

  private @Nullable Object component(
      RecordComponent component, YamlNode.@Nullable Entry entry, int line, String path) {
    var type = component.getGenericType();
    if (entry != null) {
      return isOptional(type)
          ? Optional.ofNullable(value(argument(type), entry.value(), path))
          : value(type, entry.value(), path);
    }
    if (isOptional(type)) {
      return Optional.empty();
    }
    if (component.getType().isRecord()) {
      return record(component.getType(), new YamlNode.Mapping(line, List.of()), path + ".");
    }
    var fallback = component.getAnnotation(Setting.class).byDefault();
    if (fallback.equals(Setting.NONE)) {
      problem(line, "missing setting " + path);
      return null;
    }
    return value(type, byDefault(type, line, fallback), path);
  }

  /// A list is written with commas.
  private static YamlNode byDefault(Type type, int line, String text) {
    if (!(type instanceof ParameterizedType)) {
      return new YamlNode.Scalar(line, text);
    }
    return new YamlNode.Sequence(
        line,
        Arrays.stream(text.split(", "))
            .<YamlNode>map(item -> new YamlNode.Scalar(line, item))
            .toList());
  }

  private @Nullable Object construct(
      Class<?> type,
      RecordComponent[] components,
      @Nullable Object[] values,
      YamlNode.Mapping mapping,
      String path) {
    try {
      var constructor =
          type.getDeclaredConstructor(
              Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
      return constructor.newInstance(values);
    } catch (InvocationTargetException refused) {
      if (refused.getCause() instanceof IllegalArgumentException why) {
        problem(mapping.line(), name(path) + ": " + why.getMessage());
        return null;
      }
      throw new IllegalStateException("a settings record that fails", refused);
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException("a settings record that cannot be made", impossible);
    }
  }

  private @Nullable Object value(Type type, YamlNode node, String path) {
    if (type instanceof ParameterizedType collection) {
      return collection(collection, node, path);
    }
    var plain = (Class<?>) type;
    if (plain.isSealed()) {
      return value(form(plain, node), node, path);
    }
    if (plain.isRecord()) {
      return record(plain, node, path + ".");
    }
    if (!(node instanceof YamlNode.Scalar scalar)) {
      problem(node.line(), path + " must be one value");
      return null;
    }
    try {
      return scalar(plain, scalar.text());
    } catch (IllegalArgumentException wrong) {
      problem(node.line(), path + ": " + wrong.getMessage());
      return null;
    }
  }

  /// A sealed interface of one enum and one record is written as a word, or as settings by name.
  private static Class<?> form(Class<?> choice, YamlNode node) {
    return Arrays.stream(choice.getPermittedSubclasses())
        .filter(form -> form.isRecord() == node instanceof YamlNode.Mapping)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no form of a " + choice));
  }

  private @Nullable Object collection(ParameterizedType type, YamlNode node, String path) {
    if (!(node instanceof YamlNode.Sequence sequence)) {
      problem(node.line(), path + " must be a list");
      return null;
    }
    var values = new ArrayList<Object>();
    for (var item : sequence.items()) {
      var value = value(argument(type), item, path);
      if (value != null) {
        values.add(value);
      }
    }
    return type.getRawType() == Set.class ? new LinkedHashSet<>(values) : values;
  }

  private Object scalar(Class<?> type, String text) {
    if (type == String.class) {
      return required(text);
    }
    if (type == int.class || type == Integer.class) {
      return Integer.valueOf(matching(INTEGER, text, "a whole number"));
    }
    if (type == double.class) {
      return Double.valueOf(matching(NUMBER, text, "a number"));
    }
    if (type == boolean.class) {
      return truth(text);
    }
    if (type == Duration.class) {
      return duration(text);
    }
    if (type == Path.class) {
      return file.toAbsolutePath().resolveSibling(required(text)).normalize();
    }
    if (type == URI.class) {
      return URI.create(required(text));
    }
    if (type.isEnum()) {
      return constant(type, text);
    }
    throw new IllegalStateException("no way to read a " + type);
  }

  private static String required(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("is empty");
    }
    return text;
  }

  private static String matching(Pattern pattern, String text, String what) {
    if (!pattern.matcher(text).matches()) {
      throw new IllegalArgumentException("'" + text + "' is not " + what);
    }
    return text;
  }

  private static Boolean truth(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("'" + text + "' is not true or false");
    };
  }

  private static Duration duration(String text) {
    var match = DURATION.matcher(text);
    if (!match.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a duration; write 500ms, 30s, 15m, 24h or 90d");
    }
    long count = Long.parseLong(match.group(1));
    return switch (match.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }

  private static Object constant(Class<?> type, String text) {
    var words = new LinkedHashMap<String, Object>();
    for (var constant : type.getEnumConstants()) {
      words.put(word(constant), constant);
    }
    var constant = words.get(text);
    if (constant == null) {
      throw new IllegalArgumentException(
          "'" + text + "' is none of " + String.join(", ", words.keySet()));
    }
    return constant;
  }

  private static boolean isOptional(Type type) {
    return type instanceof ParameterizedType generic && generic.getRawType() == Optional.class;
  }

  private static Type argument(Type generic) {
    return ((ParameterizedType) generic).getActualTypeArguments()[0];
  }

  private static String name(String path) {
    return path.isEmpty() ? "the file" : path.substring(0, path.length() - 1);
  }

  private void problem(int line, String what) {
    problems.add(new SettingsProblem(file, line, what));
  }
}
