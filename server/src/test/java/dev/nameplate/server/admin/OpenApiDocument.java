package dev.nameplate.server.admin;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nameplate.server.admin.SourceComments.Comment;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The OpenAPI 3.1 document of the admin API: routes, roles and parameters as JAX-RS sees them,
/// bodies as Jackson writes and reads their records, words as the comments in the sources say them.
final class OpenApiDocument {

  private static final String SCHEMAS = "#/components/schemas/";

  /// What parameters of these names mean on every route.
  private static final Map<String, String> USUAL =
      Map.of(
          "after", "what the page before said in `next`",
          "limit", "how many items at most",
          "id", "its name, or its id",
          "issuer", "the id of the authority",
          "serial", "the serial number, in hex",
          "state", "only those in this state",
          "device", "only what belongs to this device",
          "label", "the name of the profile");

  private final ObjectMapper json = AdminApi.json();
  private final SourceComments comments;

  /// Of the records that were met, by their names in the document.
  private final TreeMap<String, ObjectNode> schemas = new TreeMap<>();

  private final Map<Class<?>, String> names = new HashMap<>();

  private OpenApiDocument(SourceComments comments) {
    this.comments = comments;
  }

  static ObjectNode of(List<Class<?>> resources, SourceComments comments) {
    return new OpenApiDocument(comments).document(resources);
  }

  private ObjectNode document(List<Class<?>> resources) {
    var document = json.createObjectNode().put("openapi", "3.1.0");
    document
        .putObject("info")
        .put("title", "Nameplate admin API")
        .put("version", AdminApi.PATH.substring(AdminApi.PATH.lastIndexOf('/') + 1))
        .put("description", description())
        .putObject("license")
        .put("name", "Apache-2.0")
        .put("identifier", "Apache-2.0");
    document.putArray("servers").addObject().put("url", AdminApi.PATH);
    document.putArray("security").addObject().putArray("clientCertificate");
    var tags = new TreeMap<String, String>();
    var paths = new TreeMap<String, TreeMap<String, ObjectNode>>();
    for (var resource : resources) {
      for (var route : resource.getDeclaredMethods()) {
        verb(route)
            .ifPresent(verb -> {
              var tag = path(route).substring(1).replaceAll("/.*", "");
              tags.merge(tag, comments.of(resource).text(), (one, other) -> one);
              paths
                  .computeIfAbsent(path(route), _ -> new TreeMap<>())
                  .put(verb.toLowerCase(Locale.ROOT), operation(route, verb, tag));
            });
      }
    }
    var listed = document.putArray("tags");
    tags.forEach((tag, words) -> listed.addObject().put("name", tag).put("description", words));
    var written = document.putObject("paths");
    paths.forEach((path, operations) -> written.putObject(path).setAll(operations));
    var components = document.putObject("components");
    var problem = reference(AdminApi.Problem.class);
    components.putObject("schemas").setAll(schemas);
    components
        .putObject("responses")
        .putObject("Problem")
        .put("description", comments.of(AdminApi.Problem.class).text())
        .putObject("content")
        .putObject(AdminApi.PROBLEM_JSON)
        .set("schema", problem);
    components
        .putObject("securitySchemes")
        .putObject("clientCertificate")
        .put("type", "mutualTLS")
        .put(
            "description",
            "A certificate of this CA: an administrator's, or a status node's for the routes below"
                + " its own name. What its owner may do now is looked up for each request.");
    return document;
  }

  private String description() {
    return comments.of(AdminApi.class).text()
        + " Times are in UTC. Whatever goes wrong is answered as `application/problem+json`"
        + " (RFC 9457), with a `code` for machines. Each operation has the roles that it is for in"
        + " `x-roles`.";
  }

  private ObjectNode operation(Method route, String verb, String tag) {
    var comment = comments.of(route.getDeclaringClass(), route.getName());
    var operation = json.createObjectNode();
    operation.putArray("tags").add(tag);
    operation.put("summary", comment.text().isEmpty() ? words(route) : comment.firstSentence());
    if (!comment.firstSentence().equals(comment.text())) {
      operation.put("description", comment.text());
    }
    operation.put("operationId", verb.toLowerCase(Locale.ROOT) + id(path(route)));
    var roles = operation.putArray("x-roles");
    var allowed = Route.of(route).roles();
    Role.all().stream().filter(allowed::contains).forEach(roles::add);
    var parameters = json.createArrayNode();
    for (var parameter : route.getParameters()) {
      parameter(parameter, comment).ifPresent(parameters::add);
    }
    if (!parameters.isEmpty()) {
      operation.set("parameters", parameters);
    }
    body(route)
        .ifPresent(body -> {
          var described = operation.putObject("requestBody").put("required", true);
          described
              .putObject("content")
              .putObject(MediaType.APPLICATION_JSON)
              .set("schema", schema(body.getParameterizedType()));
        });
    responses(route, operation.putObject("responses"));
    return operation;
  }

  private Optional<ObjectNode> parameter(Parameter parameter, Comment comment) {
    var inPath = parameter.getAnnotation(PathParam.class);
    var inQuery = parameter.getAnnotation(QueryParam.class);
    if (inPath == null && inQuery == null) {
      return Optional.empty();
    }
    var name = inPath == null ? inQuery.value() : inPath.value();
    var described = json.createObjectNode().put("name", name);
    described.put("in", inPath == null ? "query" : "path");
    described.put("required", inPath != null);
    var words = comment.parameters().getOrDefault(name, USUAL.getOrDefault(name, ""));
    if (!words.isEmpty()) {
      described.put("description", words);
    }
    described.set("schema", schema(parameter.getParameterizedType()));
    return Optional.of(described);
  }

  /// The parameter that no annotation explains.
  private static Optional<Parameter> body(Method route) {
    return Arrays.stream(route.getParameters())
        .filter(parameter ->
            !parameter.isAnnotationPresent(PathParam.class)
                && !parameter.isAnnotationPresent(QueryParam.class)
                && !parameter.isAnnotationPresent(Context.class)
                && parameter.getType().isRecord())
        .findFirst();
  }

  private void responses(Method route, ObjectNode responses) {
    var answers = route.getAnnotation(Answers.class);
    if (answers != null) {
      for (int status : answers.status()) {
        success(route, responses, Integer.toString(status), answers.value());
      }
    } else if (route.getReturnType() == void.class) {
      responses.putObject("204").put("description", "Done.");
    } else if (route.getReturnType() == Response.class) {
      // it makes its answer itself: of what kind, and no more, is known
      var content = responses.putObject("2XX").put("description", "Done.").putObject("content");
      produced(route).forEach(content::putObject);
    } else {
      success(route, responses, "200", route.getGenericReturnType());
    }
    responses.putObject("default").put("$ref", "#/components/responses/Problem");
  }

  private void success(Method route, ObjectNode responses, String status, Type type) {
    var words = type instanceof Class<?> record ? comments.of(record).text() : "";
    var response =
        responses.putObject(status).put("description", words.isEmpty() ? "Done." : words);
    var content = response.putObject("content");
    for (var media : produced(route)) {
      var each = content.putObject(media);
      if (media.equals(MediaType.APPLICATION_JSON) && type != byte[].class) {
        each.set("schema", schema(type));
      }
    }
  }

  private static List<String> produced(Method route) {
    return Optional.ofNullable(route.getAnnotation(Produces.class))
        .or(() -> Optional.ofNullable(route.getDeclaringClass().getAnnotation(Produces.class)))
        .map(produces -> List.of(produces.value()))
        .orElse(List.of(MediaType.APPLICATION_JSON));
  }

  private ObjectNode schema(Type type) {
    return schema(json.constructType(type));
  }

  private ObjectNode schema(JavaType type) {
    var schema = json.createObjectNode();
    var raw = type.getRawClass();
    if (raw == Optional.class) {
      return schema(type.containedTypeOrUnknown(0));
    }
    if (Collection.class.isAssignableFrom(raw)) {
      schema.put("type", "array").set("items", schema(type.getContentType()));
      return schema;
    }
    if (Map.class.isAssignableFrom(raw)) {
      schema.put("type", "object").set("additionalProperties", schema(type.getContentType()));
      return schema;
    }
    if (raw.isRecord()) {
      return reference(raw);
    }
    if (raw.isEnum()) {
      var values = schema.put("type", "string").putArray("enum");
      for (var constant : raw.getEnumConstants()) {
        values.add(json.convertValue(constant, String.class));
      }
      return schema;
    }
    return switch (raw.getName()) {
      case "boolean", "java.lang.Boolean" -> schema.put("type", "boolean");
      case "int", "java.lang.Integer" -> schema.put("type", "integer").put("format", "int32");
      case "long", "java.lang.Long" -> schema.put("type", "integer").put("format", "int64");
      case "double", "java.lang.Double" -> schema.put("type", "number").put("format", "double");
      case "java.lang.String" -> schema.put("type", "string");
      case "[B" -> schema.put("type", "string").put("contentEncoding", "base64");
      default -> {
        if (raw == Instant.class) {
          yield schema.put("type", "string").put("format", "date-time");
        }
        if (raw == Duration.class) {
          yield schema.put("type", "string").put("format", "duration");
        }
        // anything else may be anything
        yield raw == URI.class ? schema.put("type", "string").put("format", "uri") : schema;
      }
    };
  }

  private ObjectNode reference(Class<?> type) {
    var known = names.get(type);
    if (known == null) {
      known = name(type);
      names.put(type, known);
      var schema = json.createObjectNode();
      // before its fields: they may be of its own kind
      schemas.put(known, schema);
      describe(type, schema);
    }
    return json.createObjectNode().put("$ref", SCHEMAS + known);
  }

  /// Its own, or with that of its topic if another has it.
  private String name(Class<?> type) {
    var simple = type.getSimpleName();
    var topic = type.getEnclosingClass();
    return names.containsValue(simple) && topic != null
        ? topic.getSimpleName().replaceAll("Api$", "") + simple
        : simple;
  }

  private void describe(Class<?> type, ObjectNode schema) {
    var comment = comments.of(type);
    schema.put("type", "object");
    if (!comment.text().isEmpty()) {
      schema.put("description", comment.text());
    }
    var properties = json.createObjectNode();
    var required = json.createArrayNode();
    for (var property : properties(type)) {
      var component = component(type, property);
      var described = schema(property.getPrimaryType());
      var words = comment.parameters().getOrDefault(property.getInternalName(), "");
      if (!words.isEmpty()) {
        described.put("description", words);
      }
      properties.set(property.getName(), described);
      if (component.filter(OpenApiDocument::mayBeMissing).isEmpty()) {
        required.add(property.getName());
      }
    }
    schema.set("properties", properties);
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
    schema.put("additionalProperties", false);
  }

  private List<BeanPropertyDefinition> properties(Class<?> type) {
    var order = Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList();
    return json
        .getSerializationConfig()
        .introspect(json.constructType(type))
        .findProperties()
        .stream()
        .sorted(
            Comparator.comparing(
                    (BeanPropertyDefinition property) -> {
                      int place = order.indexOf(property.getInternalName());
                      return place < 0 ? order.size() : place;
                    })
                .thenComparing(BeanPropertyDefinition::getName))
        .toList();
  }

  private static Optional<RecordComponent> component(
      Class<?> type, BeanPropertyDefinition property) {
    return Arrays.stream(type.getRecordComponents())
        .filter(component -> component.getName().equals(property.getInternalName()))
        .findFirst();
  }

  private static boolean mayBeMissing(RecordComponent component) {
    return component.getAnnotatedType().isAnnotationPresent(Nullable.class)
        || component.getType() == Optional.class;
  }

  private static Optional<String> verb(Method method) {
    return Arrays.stream(method.getAnnotations())
        .map(annotation -> annotation.annotationType().getAnnotation(HttpMethod.class))
        .filter(Objects::nonNull)
        .map(HttpMethod::value)
        .findFirst();
  }

  /// With its slash, and without what JAX-RS says of the shape of a parameter.
  private static String path(Method route) {
    var whole =
        part(route.getDeclaringClass().getAnnotation(Path.class))
            + part(route.getAnnotation(Path.class));
    return whole.replaceAll("/+", "/").replaceAll("\\{\\s*(\\w+)\\s*:[^}]*}", "{$1}");
  }

  private static String part(@Nullable Path path) {
    return path == null || path.value().isEmpty() ? "" : "/" + path.value();
  }

  private static String id(String path) {
    return path.replaceAll("[^A-Za-z0-9]+", "-").replaceAll("-$", "");
  }

  /// `addSecret` of the stations: "Add secret".
  private static String words(Method route) {
    var words = route.getName().replaceAll("([A-Z])", " $1").toLowerCase(Locale.ROOT);
    return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1) + ".";
  }

  /// As the file is written.
  static String text(JsonNode document) {
    return document.toPrettyString().replace(" : ", ": ") + "\n";
  }

  /// Only what arrays have: for those who read a document.
  static ArrayNode array(JsonNode node) {
    return node instanceof ArrayNode array ? array : AdminApi.json().createArrayNode();
  }
}
