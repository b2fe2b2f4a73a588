package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.nameplate.server.admin.AdminApi;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What scripts read is kept as golden files, from the same answers; `./build fix` renews them. A
/// field may be added, and none may go or change its type.
class OutputTest {

  private static final Path GOLDEN = Path.of("src/test/resources/golden/output");
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> COMMANDS =
      List.of(
          "device list",
          "device show pump-0017",
          "device explain pump-0017",
          "cert list",
          "cert show 1f00",
          "request list",
          "request show r-4711",
          "station list",
          "node list",
          "anchor list",
          "issuer list",
          "crl list",
          "crl show issuing shard-3",
          "audit show");

  @TempDir Path dir;

  @BeforeEach
  void anOperator() throws IOException {
    Answering.makeOperator(dir);
  }

  static Stream<String> commands() {
    return COMMANDS.stream();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void isWhatItWas(String command) throws IOException {
    try (var server = answering(UnaryOperator.identity())) {
      Answering.writeContext(dir, server.url());
      for (var format : List.of(OutputFormat.TABLE, OutputFormat.JSON, OutputFormat.NAME)) {
        var out = run(command, "-o", format.toString()).ok().out();
        var golden = GOLDEN.resolve(verb(command) + "." + format);
        if (Boolean.getBoolean("golden.update")) {
          Files.createDirectories(GOLDEN);
          Files.writeString(golden, out);
        }

        assertThat(golden)
            .as("%s -o %s; if the change is meant: ./build fix", command, format)
            .hasContent(out);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void yamlAndLinesSayTheSameAsJson(String command) throws IOException {
    try (var server = answering(UnaryOperator.identity())) {
      Answering.writeContext(dir, server.url());
      var json = JSON.readTree(run(command, "-o", "json").ok().out());
      var yaml = new YAMLMapper().readTree(run(command, "-o", "yaml").ok().out());
      var lines = new ArrayList<JsonNode>();
      for (var line : run(command, "-o", "jsonl").ok().out().lines().toList()) {
        lines.add(JSON.readTree(line));
      }

      assertThat(yaml).isEqualTo(json);
      assertThat(lines)
          .isEqualTo(json.has("items") ? json.path("items").valueStream().toList() : List.of(json));
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aNameIsALineOfItsOwnForEachThing(String command) throws IOException {
    try (var server = answering(UnaryOperator.identity())) {
      Answering.writeContext(dir, server.url());
      var json = JSON.readTree(run(command, "-o", "json").ok().out());
      var names = run(command, "-o", "name").ok().out().lines().toList();

      assertThat(names)
          .hasSize(json.has("items") ? json.path("items").size() : 1)
          .allMatch(name -> name.matches("[A-Za-z0-9./_-]+"));
    }
  }

  /// Threat B12: whatever stands in a name, it does nothing to the terminal that shows it.
  @Test
  @Tag("B12")
  void nothingOfWhatOthersWroteReachesTheTerminal() throws IOException {
    var hostile =
        String.join(
            "|",
            "\u001b[2J",
            "\u001b]8;;http://evil.example\u001b\\click\u001b]8;;\u001b\\",
            "\u001b]52;c;cm0gLXJm\u0007",
            "pump\rroot",
            "pump\nroot",
            "\u202egnp.exe",
            "\u009b31m",
            "\u007f\b\b",
            "=cmd|' /C calc'!A0",
            "\u2066\u200b\ufeff\u2028\u2029",
            "\ud800");
    try (var server = answering(text -> hostile + text)) {
      Answering.writeContext(dir, server.url());
      for (var command : COMMANDS) {
        for (var format : OutputFormat.values()) {
          var result = run(command, "-o", format.toString());

          assertThat(result.out() + result.err())
              .as("%s -o %s", command, format)
              .isNotEmpty()
              .matches(OutputTest::isPrintable);
        }
      }
    }
  }

  @Test
  @Tag("B12")
  void norInTheNamesOfFieldsThatNobodyKnows() {
    var document =
        JSON.createObjectNode()
            .put("\u001b[2J\u009b\u202e: x\n- y", "\u0085\u00a0\u001b]52;c;x\u0007");
    for (var format : List.of(OutputFormat.JSON, OutputFormat.YAML, OutputFormat.JSONL)) {
      var printed = new DataFormat(format, Optional.empty()).print(document);

      assertThat(printed).as(format.toString()).matches(OutputTest::isPrintable);
    }
  }

  @Test
  void aQueryPicksFromTheJsonInEveryFormat() throws IOException {
    try (var server = answering(UnaryOperator.identity())) {
      Answering.writeContext(dir, server.url());

      assertThat(run("device list", "--query", "items[?state=='active'].id").ok().out())
          .isEqualTo("[ \"pump-0017\" ]\n");
      assertThat(
              run("device list", "-o", "name", "--query", "items[?epoch==`1`].id | sort(@)")
                  .ok()
                  .out())
          .isEqualTo("pump-0017\npump-0018\npump-0019\n");
      assertThat(
              run("device list", "-o", "jsonl", "--query", "items[-1:].{n: id, s: state}")
                  .ok()
                  .out())
          .isEqualTo("{\"n\":\"pump-0019\",\"s\":\"retired\"}\n");
      assertThat(run("device list", "-o", "yaml", "--query", "{count: length(items)}").ok().out())
          .isEqualTo("count: 3\n");
      assertThat(run("device list", "--query", "no.such.field").ok().out()).isEqualTo("null\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"items[", "foo(", "items[?", "'", ""})
  void aQueryThatIsNoneIsRefusedBeforeAnythingIsAsked(String query) {
    var result = run("device list", "--query", query);

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).startsWith("nameplate: --query: not a JMESPath expression");
  }

  @Test
  void aQueryDoesNotGoWithATableButOverridesTheOneOfTheEnvironment() throws IOException {
    assertThat(run("device list", "-o", "table", "--query", "items").exit()).isEqualTo(2);
    try (var server = answering(UnaryOperator.identity())) {
      Answering.writeContext(dir, server.url());
      var shell = new Shell().with("NAMEPLATE_DIR", dir.toString());

      assertThat(
              shell
                  .with("NAMEPLATE_OUTPUT", "table")
                  .run("device", "list", "--query", "items[0].id")
                  .ok()
                  .out())
          .isEqualTo("\"pump-0017\"\n");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"JSONL", "NAME"})
  void whatIsPrintedLineByLineIsPrintedBeforeTheNextPageIsAskedFor(OutputFormat format)
      throws IOException {
    try (var server = new Answering()) {
      server.at(
          AdminApi.PATH + "/devices",
          200,
          "application/json",
          answers().path("/devices").toString().replace("]}", "],\"next\":\"0\"}"));
      Answering.writeContext(dir, server.url());
      var out = run("device list", "--limit", "7", "-o", format.toString()).ok();

      // three on each page of it, without an end
      assertThat(out.out().lines()).hasSize(9);
      assertThat(out.err()).contains("There are more than 7; --limit N shows more, --all");
    }
  }

  private Answering answering(UnaryOperator<String> spoil) throws IOException {
    var server = new Answering();
    answers()
        .properties()
        .forEach(each ->
            server.at(
                AdminApi.PATH + each.getKey(),
                200,
                "application/json",
                spoilt(each.getValue(), "", spoil).toString()));
    return server;
  }

  private static JsonNode answers() throws IOException {
    try (var file = OutputTest.class.getResourceAsStream("/samples/answers.json")) {
      return JSON.readTree(Objects.requireNonNull(file));
    }
  }

  /// All texts but those that are times or URLs, which would not be understood, or by which a
  /// command finds what it shows.
  private static JsonNode spoilt(JsonNode value, String name, UnaryOperator<String> spoil) {
    return switch (value.getNodeType()) {
      case OBJECT -> {
        var object = JSON.createObjectNode();
        value
            .properties()
            .forEach(
                each -> object.set(each.getKey(), spoilt(each.getValue(), each.getKey(), spoil)));
        yield object;
      }
      case ARRAY -> {
        var array = JSON.createArrayNode();
        value.forEach(each -> array.add(spoilt(each, name, spoil)));
        yield array;
      }
      case STRING ->
          name.equals("role")
                  || name.endsWith("url")
                  || value.asText().matches("\\d{4}-\\d\\d-\\d\\dT.*")
              ? value
              : JsonNodeFactory.instance.textNode(spoil.apply(value.asText()));
      default -> value;
    };
  }

  private Shell.Result run(String command, String... options) {
    var arguments = new ArrayList<>(List.of(command.split(" ", -1)));
    arguments.addAll(List.of(options));
    return new Shell().with("NAMEPLATE_DIR", dir.toString()).run(arguments.toArray(String[]::new));
  }

  /// `device show pump-0017`: device-show.
  private static String verb(String command) {
    var words = command.split(" ", -1);
    return words[0] + "-" + words[1];
  }

  private static boolean isPrintable(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)
        .codePoints()
        .allMatch(each -> each == '\n' || (each >= ' ' && each < 0x7f));
  }
}
