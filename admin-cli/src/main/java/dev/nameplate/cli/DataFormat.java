package dev.nameplate.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.nameplate.server.admin.AdminApi;
import java.io.Serial;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;

/// Data for machines, in one of the formats that `-o` names. All of it is ASCII: whatever the
/// server says arrives at a terminal as plain letters.
final class DataFormat {

  /// What identifies a thing to other commands; the first of these that it has.
  private static final List<List<String>> IDENTITIES =
      List.of(
          List.of("id"),
          List.of("serial"),
          List.of("issuer", "scope"),
          List.of("chain", "sequence"),
          List.of("sha256"),
          List.of("module"),
          List.of("name"));

  private static final ObjectMapper MAPPER =
      AdminApi.json()
          .registerModule(
              // as people write them: not file:///...
              new SimpleModule().addSerializer(Path.class, new ToStringSerializer(Path.class)));

  private final OutputFormat format;
  private final @Nullable Query query;

  DataFormat(OutputFormat format, Optional<Query> query) {
    this.format = format;
    this.query = query.orElse(null);
  }

  /// Whether the things in a list can be printed one after the other, none of them kept.
  boolean isByItem() {
    return query == null && (format == OutputFormat.JSONL || format == OutputFormat.NAME);
  }

  /// A record of the admin API, or a map of such.
  ///
  /// @return whole lines; none where there is nothing to say
  String print(Object value) {
    if (query == null && format == OutputFormat.JSON) {
      return write(Json.PRETTY, value) + "\n";
    }
    JsonNode document = MAPPER.valueToTree(value);
    var found = query == null ? document : query.find(document);
    return switch (format) {
      case TABLE, JSON -> write(Json.PRETTY, found) + "\n";
      case YAML -> write(Yaml.WRITER, found);
      case JSONL -> items(found).map(each -> write(Json.LINE, each) + "\n").collect(join());
      case NAME -> items(found).map(each -> name(each) + "\n").collect(join());
    };
  }

  /// One of the things in a list, where [#isByItem].
  String printItem(Object item) {
    JsonNode found = MAPPER.valueToTree(item);
    return (format == OutputFormat.NAME ? name(found) : write(Json.LINE, found)) + "\n";
  }

  private static Stream<JsonNode> items(JsonNode found) {
    var list = found.path("items");
    if (list.isArray() || found.isArray()) {
      return (found.isArray() ? found : list).valueStream();
    }
    return found.isNull() ? Stream.empty() : Stream.of(found);
  }

  private static String name(JsonNode item) {
    if (item.isValueNode()) {
      return Printable.line(item.asText());
    }
    return identity(item)
        .or(() ->
            item.propertyStream().flatMap(each -> identity(each.getValue()).stream()).findFirst())
        .map(Printable::line)
        .orElseThrow(() ->
            CommandFailure.of(ExitCode.USAGE, "-o name: what this prints has no name")
                .next("-o json shows what there is; --query picks from it."));
  }

  private static Optional<String> identity(JsonNode item) {
    return IDENTITIES.stream()
        .filter(fields -> fields.stream().allMatch(item::hasNonNull))
        .findFirst()
        .map(fields -> fields.stream().map(each -> item.path(each).asText()).collect(slashes()));
  }

  private static Collector<CharSequence, ?, String> slashes() {
    return Collectors.joining("/");
  }

  private static Collector<CharSequence, ?, String> join() {
    return Collectors.joining();
  }

  private static String write(ObjectWriter writer, Object value) {
    try {
      return writer.writeValueAsString(value);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a value that is no JSON", impossible);
    }
  }

  private static final class Json {

    static final ObjectWriter LINE =
        MAPPER.writer().with(JsonWriteFeature.ESCAPE_NON_ASCII).with(new Escapes());
    static final ObjectWriter PRETTY = LINE.withDefaultPrettyPrinter();

    private Json() {}
  }

  /// As JSON wants it, and DEL, which is ASCII and has no ink.
  private static final class Escapes extends CharacterEscapes {

    @Serial private static final long serialVersionUID = 1L;

    private static final int DEL = 0x7f;

    @Override
    public int[] getEscapeCodesForAscii() {
      var codes = standardAsciiEscapesForJSON();
      codes[DEL] = ESCAPE_STANDARD;
      return codes;
    }

    @Override
    public @Nullable SerializableString getEscapeSequence(int character) {
      return null;
    }
  }

  /// Loaded only where YAML is wanted.
  private static final class Yaml {

    static final ObjectWriter WRITER = new ObjectMapper(factory()).writer();

    private Yaml() {}

    private static YAMLFactory factory() {
      var options = new DumperOptions();
      options.setAllowUnicode(false);
      options.setSplitLines(false);
      options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
      return YAMLFactory.builder()
          .dumperOptions(options)
          .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
          .disable(YAMLGenerator.Feature.SPLIT_LINES)
          .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .build();
    }
  }
}
