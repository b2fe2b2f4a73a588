package dev.nameplate.hsm;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;

/// What is asked of a token when it makes a key, and what is demanded of the key that it made.
/// Tokens differ in what they know and allow, so this is data: a line for each attribute,
///
/// ```
/// private.CKA_EXTRACTABLE = false ask demand
/// private.CKA_ALLOWED_MECHANISMS = signing ask demand
/// private.CKA_LOCAL = true demand
/// ```
///
/// with its value (`signing` is the mechanism with which the key will sign), and whether it is
/// asked for, demanded, or both. Label, id and what the type of key needs are always asked for.
public final class TemplateProfile {

  /// Those that come with Nameplate.
  public static final List<String> NAMES =
      List.of(
          "strict",
          "minimal",
          "softhsm",
          "nss",
          "opencryptoki",
          "luna",
          "nshield",
          "aws-cloudhsm",
          "yubihsm2",
          "tpm2");

  /// A key that can be read, copied out or used for something else is none for an authority.
  private static final Map<String, String> ALWAYS =
      Map.of(
          "private.CKA_TOKEN", "true",
          "private.CKA_SENSITIVE", "true",
          "private.CKA_EXTRACTABLE", "false",
          "private.CKA_SIGN", "true",
          "public.CKA_TOKEN", "true");

  private static final String MECHANISM = "signing";
  private static final Set<String> VALUES = Set.of("true", "false", MECHANISM);
  private static final Set<String> USES = Set.of("ask", "demand");

  private final String name;
  private final List<Line> lines;

  /// One attribute.
  ///
  /// @param half `private` or `public`
  /// @param value `true`, `false` or `signing`
  private record Line(String half, Cka type, String value, Set<String> uses) {

    Attribute attribute(Mechanism signing) {
      return value.equals(MECHANISM)
          ? Attribute.of(type, signing.type())
          : Attribute.of(type, Boolean.parseBoolean(value));
    }
  }

  private TemplateProfile(String name, List<Line> lines) {
    this.name = name;
    this.lines = List.copyOf(lines);
  }

  /// One of [#NAMES].
  ///
  /// @throws IllegalArgumentException if there is none of this name
  public static TemplateProfile named(String name) {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException(
          "no template for keys is named " + name + "; there are " + String.join(", ", NAMES));
    }
    try (var file =
        TemplateProfile.class.getResourceAsStream("templates/" + name + ".properties")) {
      if (file == null) {
        throw new IllegalStateException("the template " + name + " is missing from this program");
      }
      return parse(name, new String(file.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException unreadable) {
      throw new IllegalStateException("the template " + name + " cannot be read", unreadable);
    }
  }

  /// One of an operator's own.
  ///
  /// @throws IllegalArgumentException if it cannot be read, or asks for too little; the message
  ///   says what is wrong
  public static TemplateProfile at(Path file) {
    try {
      return parse(file.toString(), Files.readString(file));
    } catch (IOException unreadable) {
      throw new IllegalArgumentException("cannot read the template " + file, unreadable);
    }
  }

  static TemplateProfile parse(String name, String text) {
    var properties = new Properties();
    try {
      properties.load(new StringReader(text));
    } catch (IOException | IllegalArgumentException malformed) {
      throw new IllegalArgumentException(name + " is no properties file", malformed);
    }
    var sorted = new TreeMap<String, String>();
    properties.stringPropertyNames().forEach(key -> sorted.put(key, properties.getProperty(key)));
    var lines = new ArrayList<Line>();
    sorted.forEach((key, value) -> lines.add(line(name, key, value.strip())));
    requireEnough(name, lines);
    return new TemplateProfile(name, lines);
  }

  List<Attribute> askedOfPrivate(Mechanism signing) {
    return attributes("private", "ask", signing);
  }

  List<Attribute> demandedOfPrivate(Mechanism signing) {
    return attributes("private", "demand", signing);
  }

  List<Attribute> askedOfPublic(Mechanism signing) {
    return attributes("public", "ask", signing);
  }

  List<Attribute> demandedOfPublic(Mechanism signing) {
    return attributes("public", "demand", signing);
  }

  @Override
  public String toString() {
    return name;
  }

  private List<Attribute> attributes(String half, String use, Mechanism signing) {
    return lines.stream()
        .filter(line -> line.half().equals(half) && line.uses().contains(use))
        .map(line -> line.attribute(signing))
        .toList();
  }

  private static Line line(String name, String key, String value) {
    var place = name + ": " + key;
    int dot = key.indexOf('.');
    var half = dot < 0 ? "" : key.substring(0, dot);
    if (!half.equals("private") && !half.equals("public")) {
      throw new IllegalArgumentException(place + " is neither private.CKA_… nor public.CKA_…");
    }
    var type =
        Cka.named(key.substring(dot + 1))
            .orElseThrow(() -> new IllegalArgumentException(place + " is no attribute known here"));
    var words = List.of(value.split("\\s+"));
    var uses = new HashSet<>(words.subList(1, words.size()));
    if (!VALUES.contains(words.getFirst())) {
      throw new IllegalArgumentException(
          place + " is " + words.getFirst() + ", not true, false or signing");
    }
    if (words.getFirst().equals(MECHANISM) != (type == Cka.ALLOWED_MECHANISMS)) {
      throw new IllegalArgumentException(place + " cannot be " + words.getFirst());
    }
    if (uses.isEmpty() || !USES.containsAll(uses)) {
      throw new IllegalArgumentException(place + " does not say ask, demand, or both");
    }
    return new Line(half, type, words.getFirst(), uses);
  }

  private static void requireEnough(String name, List<Line> lines) {
    ALWAYS.forEach((key, value) -> {
      var enough =
          lines.stream()
              .anyMatch(line ->
                  (line.half() + "." + line.type()).equals(key)
                      && line.value().equals(value)
                      && line.uses().equals(USES));
      if (!enough) {
        throw new IllegalArgumentException(
            name + " must say " + key + " = " + value + " ask demand");
      }
    });
  }
}
