package dev.nameplate.ca.signing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CanonicalJsonTest {

  @Test
  void membersAreSortedWhateverTheirOrderWas() {
    var one = new LinkedHashMap<String, Object>();
    one.put("b", List.of("2", "1"));
    one.put("a", true);
    var other = new LinkedHashMap<String, Object>();
    other.put("a", true);
    other.put("b", List.of("2", "1"));

    assertThat(CanonicalJson.of(one))
        .isEqualTo("{\"a\":true,\"b\":[\"2\",\"1\"]}")
        .isEqualTo(CanonicalJson.of(other));
  }

  @Test
  void whatRfc8785EscapesIsEscapedAndNothingElse() {
    assertThat(CanonicalJson.of(Map.of("a", "\u20ac$\u000f\nA'B\"\\\"/")))
        .isEqualTo("{\"a\":\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\"/\"}");
  }

  @Test
  void namesAreSortedByTheirUtf16() {
    // the example of RFC 8785 section 3.2.3
    var names = List.of("\u20ac", "\r", "\ufb33", "1", "\ud83d\ude00", "\u0080", "\u00f6");
    var object = new LinkedHashMap<String, Object>();
    names.forEach(name -> object.put(name, ""));

    assertThat(CanonicalJson.of(object))
        .isEqualTo(
            "{\"\\r\":\"\",\"1\":\"\",\"\u0080\":\"\",\"\u00f6\":\"\",\"\u20ac\":\"\","
                + "\"\ud83d\ude00\":\"\",\"\ufb33\":\"\"}");
  }

  @Test
  void numbersAreRefused() {
    assertThatThrownBy(() -> CanonicalJson.of(Map.of("a", 1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
