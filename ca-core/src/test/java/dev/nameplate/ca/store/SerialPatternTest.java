package dev.nameplate.ca.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SerialPatternTest {

  @ParameterizedTest
  @CsvSource({
    "AC7-*, AC7-0001, true",
    "AC7-*, AC7-, true",
    "AC7-*, AC8-0001, false",
    "AC7-*, XAC7-1, false",
    "AC?-1, AC7-1, true",
    "AC?-1, AC-1, false",
    "*-1, a-b-1, true",
    "*-1, a-b-12, false",
    "*, anything, true",
    "a*b*c, aXbYc, true",
    "a*b*c, acb, false",
    "a.c, abc, false",
    "abc, abc, true",
    "abc, ABC, false"
  })
  void starsAndQuestionMarksStandForOthers(String pattern, String serial, boolean matches) {
    assertThat(new SerialPattern(pattern).matches(serial)).isEqualTo(matches);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "[a-z]+", "ä"})
  void anythingElseIsNoPattern(String text) {
    assertThatThrownBy(() -> new SerialPattern(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a pattern");
  }

  @Test
  void manyStarsTakeNoLongerThanOne() {
    var greedy = new SerialPattern("a*".repeat(31) + "b");

    assertThat(greedy.matches("a".repeat(64))).isFalse();
    assertThat(greedy.matches("a".repeat(63) + "b")).isTrue();
  }
}
