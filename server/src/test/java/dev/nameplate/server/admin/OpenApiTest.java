package dev.nameplate.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The OpenAPI document and the page about the API, both of which are golden files.
class OpenApiTest {

  /// The module's folder is where surefire runs tests.
  private static final Path SOURCES = Path.of("src/main/java/dev/nameplate/server/admin");

  private static final Path DOCUMENT =
      Path.of("src/main/resources/dev/nameplate/server/admin", OpenApiResource.FILE);
  private static final Path PAGE = Path.of("..", "docs", "api.md");

  private static ObjectNode document;

  @BeforeAll
  static void describe() throws Exception {
    document = OpenApiDocument.of(AdminApplication.RESOURCES, SourceComments.of(SOURCES));
  }

  @Test
  void theDocumentSaysWhatTheServerDoes() throws Exception {
    check(DOCUMENT, OpenApiDocument.text(document));
  }

  @Test
  void thePageSaysWhatTheDocumentSays() throws Exception {
    check(PAGE, ApiPage.of(document));
  }

  @Test
  void othersReadTheDocumentWithoutAComplaint() {
    var options = new ParseOptions();
    options.setResolve(true);
    var parsed = new OpenAPIV3Parser().readContents(OpenApiDocument.text(document), null, options);

    assertThat(parsed.getMessages()).isEmpty();
    assertThat(parsed.getOpenAPI().getPaths()).hasSize(document.get("paths").size());
    assertThat(parsed.getOpenAPI().getComponents().getSchemas())
        .hasSize(document.at("/components/schemas").size());
  }

  @Test
  void everyOperationNamesItsRolesAndHowItFails() {
    assertThat(document.findValues("responses"))
        .filteredOn(responses -> !responses.has("Problem"))
        .isNotEmpty()
        .allMatch(responses -> responses.has("default"));
    for (var path : document.get("paths")) {
      assertThat(path.properties())
          .allSatisfy(operation ->
              assertThat(operation.getValue().get("x-roles")).as(operation.getKey()).isNotEmpty());
    }
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    assertThat(document.findValuesAsText("$ref"))
        .isNotEmpty()
        .allMatch(reference -> !document.at(reference.substring(1)).isMissingNode());
  }

  @Test
  void theSchemasAreWhatJacksonWrites() {
    JsonNode device = document.at("/components/schemas/Device");

    assertThat(device.at("/properties/registered_at/format").asText()).isEqualTo("date-time");
    assertThat(device.get("required")).extracting(JsonNode::asText).contains("id", "state");
    assertThat(device.get("required")).extracting(JsonNode::asText).doesNotContain("retired_at");
    assertThat(
            document.at("/components/schemas/Certificate/properties/replaces/description").asText())
        .isEqualTo("the serial of the certificate that was presented to get it");
  }

  private static void check(Path golden, String actual) throws IOException {
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(golden, actual);
    }
    assertThat(actual)
        .as("%s is not what the code says now; renew it with: ./build fix", golden)
        .isEqualTo(Files.exists(golden) ? Files.readString(golden) : "");
  }
}
