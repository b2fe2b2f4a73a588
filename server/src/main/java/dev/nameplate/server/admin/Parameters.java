package dev.nameplate.server.admin;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Makes values of what a request says, or a problem that names the parameter.
final class Parameters {

  static final int DEFAULT_LIMIT = 100;

  private static final int LARGEST_LIMIT = 1000;
  private static final Pattern DIGITS = Pattern.compile("\\d{1,4}");

  private Parameters() {}

  static DeviceId deviceId(@Nullable String text) {
    return value("id", required("id", text), DeviceId::new);
  }

  static SerialNumber serial(String name, String text) {
    return value(name, text, SerialNumber::ofHex);
  }

  static IssuerId issuer(String text) {
    return value("issuer", text, IssuerId::new);
  }

  static RevocationReason reason(@Nullable String text) {
    return value("reason", required("reason", text), RevocationReason::of);
  }

  static int limit(@Nullable String text) {
    if (text == null) {
      return DEFAULT_LIMIT;
    }
    int limit = DIGITS.matcher(text).matches() ? Integer.parseInt(text) : 0;
    if (limit < 1 || limit > LARGEST_LIMIT) {
      throw ProblemException.invalid("limit: '" + text + "' is not 1 to " + LARGEST_LIMIT);
    }
    return limit;
  }

  /// A constant by its lower-case name.
  static <E extends Enum<E>> Optional<E> state(Class<E> type, @Nullable String text) {
    if (text == null) {
      return Optional.empty();
    }
    var constants = type.getEnumConstants();
    var found = Arrays.stream(constants).filter(state -> word(state).equals(text)).findFirst();
    if (found.isEmpty()) {
      throw ProblemException.invalid(
          "state: '"
              + text
              + "' is none of "
              + Arrays.stream(constants).map(Parameters::word).collect(Collectors.joining(", ")));
    }
    return found;
  }

  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  static <T> T body(@Nullable T body) {
    if (body == null) {
      throw ProblemException.invalid("a JSON object is needed as body");
    }
    return body;
  }

  static String required(String name, @Nullable String text) {
    if (text == null || text.isBlank()) {
      throw ProblemException.invalid("field " + name + " is missing");
    }
    return text;
  }

  static <T> T value(String name, String text, Function<String, T> parse) {
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException wrong) {
      throw ProblemException.invalid(name + ": " + wrong.getMessage());
    }
  }
}
