package dev.nameplate.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The OpenAPI document as a page for people.
final class ApiPage {

  private final JsonNode document;
  private final StringBuilder page = new StringBuilder();

  private ApiPage(JsonNode document) {
    this.document = document;
  }

  static String of(JsonNode document) {
    return new ApiPage(document).page();
  }

  private String page() {
    page.append(
        """
        # Admin API

        Below `https://HOST:PORT%s` of the admin listener, with an administrator's certificate. A running server
        gives this page for programs, too: `GET %s/openapi.json`.

        This page is generated from the routes and their records; `./build fix` renews it.

        %s

        """
            .formatted(AdminApi.PATH, AdminApi.PATH, document.at("/info/description").asText()));
    page.append("| Route | For | |\n|---|---|---|\n");
    routes()
        .forEach(route ->
            row(
                "[`" + route.name() + "`](#" + anchor(route.name()) + ")",
                roles(route.operation()),
                route.operation().get("summary").asText()));
    page.append('\n');
    for (var tag : document.get("tags")) {
      var name = tag.get("name").asText();
      page.append("## ").append(name).append("\n\n");
      paragraph(tag.path("description").asText());
      routes().stream()
          .filter(route -> route.operation().at("/tags/0").asText().equals(name))
          .forEach(this::route);
    }
    page.append("## What is in the bodies\n\n");
    for (var schema : document.at("/components/schemas").properties()) {
      schema(schema);
    }
    return page.toString().stripTrailing() + "\n";
  }

  private record Route(String name, JsonNode operation) {}

  private List<Route> routes() {
    var routes = new ArrayList<Route>();
    for (var path : document.get("paths").properties()) {
      for (var operation : path.getValue().properties()) {
        routes.add(
            new Route(
                operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(),
                operation.getValue()));
      }
    }
    return routes;
  }

  private void route(Route route) {
    var operation = route.operation();
    page.append("### `").append(route.name()).append("`\n\n");
    paragraph(operation.path("description").asText(operation.get("summary").asText()));
    paragraph("For: " + roles(operation) + ".");
    var parameters = OpenApiDocument.array(operation.path("parameters"));
    if (!parameters.isEmpty()) {
      page.append("| Parameter | In | Meaning |\n|---|---|---|\n");
      parameters.forEach(parameter ->
          row(
              "`" + parameter.get("name").asText() + "`",
              parameter.get("in").asText(),
              parameter.path("description").asText()));
      page.append('\n');
    }
    var body = operation.at("/requestBody/content/application~1json/schema");
    if (!body.isMissingNode()) {
      paragraph("Body: " + type(body) + ".");
    }
    for (var response : operation.get("responses").properties()) {
      if (!response.getKey().equals("default")) {
        var schema = response.getValue().at("/content/application~1json/schema");
        paragraph(
            "Answers "
                + response.getKey()
                + (schema.isMissingNode() ? "" : ": " + type(schema))
                + ".");
      }
    }
  }

  private void schema(Map.Entry<String, JsonNode> schema) {
    page.append("### ").append(schema.getKey()).append("\n\n");
    paragraph(schema.getValue().path("description").asText());
    var required = new ArrayList<String>();
    schema.getValue().path("required").forEach(name -> required.add(name.asText()));
    page.append("| Field | Kind | Always | Meaning |\n|---|---|---|---|\n");
    for (var field : schema.getValue().get("properties").properties()) {
      row(
          "`" + field.getKey() + "`",
          type(field.getValue()),
          required.contains(field.getKey()) ? "yes" : "",
          field.getValue().path("description").asText());
    }
    page.append('\n');
  }

  private static String type(JsonNode schema) {
    var reference = schema.path("$ref").asText();
    if (!reference.isEmpty()) {
      var name = reference.substring(reference.lastIndexOf('/') + 1);
      return "[" + name + "](#" + anchor(name) + ")";
    }
    return switch (schema.path("type").asText()) {
      case "array" -> "list of " + type(schema.get("items"));
      case "object" -> "map to " + type(schema.get("additionalProperties"));
      case "" -> "anything";
      default -> schema.path("format").asText(schema.get("type").asText());
    };
  }

  private static String roles(JsonNode operation) {
    var roles = new ArrayList<String>();
    operation.get("x-roles").forEach(role -> roles.add(role.asText()));
    return String.join(", ", roles);
  }

  private void paragraph(String text) {
    if (!text.isEmpty()) {
      page.append(text).append("\n\n");
    }
  }

  private void row(String... cells) {
    page.append("| ");
    page.append(String.join(" | ", List.of(cells)).replace("\n", " "));
    page.append(" |\n");
  }

  /// As GitHub makes it of a heading.
  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 _-]", "").replace(' ', '-');
  }
}
