package dev.nameplate.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.Optional;
import software.amazon.smithy.jmespath.JmespathException;
import software.amazon.smithy.jmespath.JmespathExpression;
import software.amazon.smithy.jmespath.RuntimeType;
import software.amazon.smithy.jmespath.evaluation.JmespathRuntime;
import software.amazon.smithy.jmespath.evaluation.NumberType;

/// A question about JSON, in [JMESPath](https://jmespath.org).
final class Query {

  /// No question of a person is longer.
  private static final int LONGEST = 4096;

  private final String text;
  private final JmespathExpression expression;

  private Query(String text, JmespathExpression expression) {
    this.text = text;
    this.expression = expression;
  }

  /// @throws IllegalArgumentException if it is no JMESPath
  static Query of(String text) {
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException("longer than " + LONGEST + " characters");
    }
    try {
      return new Query(text, JmespathExpression.parse(text));
    } catch (JmespathException wrong) {
      throw new IllegalArgumentException(
          "not a JMESPath expression: " + text + ": " + firstLine(wrong), wrong);
    }
  }

  /// What it finds; JSON's null if that is nothing.
  ///
  /// @throws CommandFailure if it asks something of a value that the value cannot do
  JsonNode find(JsonNode document) {
    try {
      return expression.evaluate(document, new JsonValues());
    } catch (JmespathException wrong) {
      throw CommandFailure.of(ExitCode.USAGE, "--query " + text + ": " + firstLine(wrong))
          .because(wrong);
    }
  }

  private static String firstLine(JmespathException wrong) {
    return Optional.ofNullable(wrong.getMessage()).orElse("").lines().findFirst().orElse("");
  }

  /// JSON as JMESPath sees it.
  private static final class JsonValues implements JmespathRuntime<JsonNode> {

    private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;

    @Override
    public RuntimeType typeOf(JsonNode value) {
      return switch (value.getNodeType()) {
        case ARRAY -> RuntimeType.ARRAY;
        case OBJECT, POJO -> RuntimeType.OBJECT;
        case BOOLEAN -> RuntimeType.BOOLEAN;
        case NUMBER -> RuntimeType.NUMBER;
        case STRING, BINARY -> RuntimeType.STRING;
        case NULL, MISSING -> RuntimeType.NULL;
      };
    }

    @Override
    public JsonNode createNull() {
      return MAKE.nullNode();
    }

    @Override
    public JsonNode createBoolean(boolean value) {
      return MAKE.booleanNode(value);
    }

    @Override
    public boolean asBoolean(JsonNode value) {
      return value.booleanValue();
    }

    @Override
    public JsonNode createString(String value) {
      return MAKE.textNode(value);
    }

    @Override
    public String asString(JsonNode value) {
      return value.asText();
    }

    @Override
    public JsonNode createNumber(Number value) {
      return switch (value) {
        case Integer whole -> MAKE.numberNode(whole);
        case Long whole -> MAKE.numberNode(whole);
        case Double real -> MAKE.numberNode(real);
        default -> DecimalNode.valueOf(new BigDecimal(value.toString()));
      };
    }

    @Override
    public NumberType numberType(JsonNode value) {
      return switch (value.numberType()) {
        case INT -> NumberType.INTEGER;
        case LONG -> NumberType.LONG;
        case BIG_INTEGER -> NumberType.BIG_INTEGER;
        case FLOAT -> NumberType.FLOAT;
        case DOUBLE -> NumberType.DOUBLE;
        case BIG_DECIMAL -> NumberType.BIG_DECIMAL;
      };
    }

    @Override
    public Number asNumber(JsonNode value) {
      return value.numberValue();
    }

    @Override
    public ArrayBuilder<JsonNode> arrayBuilder() {
      return new Elements(MAKE.arrayNode());
    }

    /// From the end if it is below zero.
    @Override
    public JsonNode element(JsonNode array, int index) {
      return present(array.path(index < 0 ? index + array.size() : index));
    }

    @Override
    public ObjectBuilder<JsonNode> objectBuilder() {
      return new Fields(MAKE.objectNode());
    }

    @Override
    public JsonNode value(JsonNode object, JsonNode key) {
      return present(object.path(key.asText()));
    }

    @Override
    public int length(JsonNode value) {
      return value.isTextual()
          ? value.textValue().codePointCount(0, value.textValue().length())
          : value.size();
    }

    /// The elements of an array, the names of an object.
    @Override
    public Iterable<? extends JsonNode> asIterable(JsonNode value) {
      return value.isObject()
          ? value.propertyStream().<JsonNode>map(each -> MAKE.textNode(each.getKey())).toList()
          : value;
    }

    private static JsonNode present(JsonNode found) {
      return found instanceof MissingNode ? MAKE.nullNode() : found;
    }
  }

  private record Elements(ArrayNode array) implements JmespathRuntime.ArrayBuilder<JsonNode> {

    @Override
    public void add(JsonNode value) {
      array.add(value);
    }

    @Override
    public void addAll(JsonNode values) {
      if (values.isObject()) {
        values.propertyStream().forEach(each -> array.add(each.getKey()));
      } else {
        values.forEach(array::add);
      }
    }

    @Override
    public JsonNode build() {
      return array;
    }
  }

  private record Fields(ObjectNode object) implements JmespathRuntime.ObjectBuilder<JsonNode> {

    @Override
    public void put(JsonNode key, JsonNode value) {
      object.set(key.asText(), value);
    }

    @Override
    public void putAll(JsonNode other) {
      other.propertyStream().forEach(each -> object.set(each.getKey(), each.getValue()));
    }

    @Override
    public JsonNode build() {
      return object;
    }
  }
}
