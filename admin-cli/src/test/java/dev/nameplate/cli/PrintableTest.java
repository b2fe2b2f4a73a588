package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Threat B12: names that are programs for the terminal of whoever looks at them.
class PrintableTest {

  @ParameterizedTest
  @CsvSource({
    "1b, <U+001B>", // escape
    "0d, <U+000D>", // carriage return: writes over the line
    "0a, <U+000A>",
    "08, <U+0008>",
    "7f, <U+007F>",
    "9b, <U+009B>", // CSI in one character
    "202e, <U+202E>", // right to left override
    "2066, <U+2066>",
    "200b, <U+200B>",
    "2028, <U+2028>",
    "feff, <U+FEFF>",
    "e0041, <U+E0041>", // tags: invisible text
    "d800, <U+D800>" // half a character
  })
  void whatHasNoInkIsSpelledOut(String codePoint, String shown) {
    var name = "pump" + Character.toString(Integer.parseInt(codePoint, 16)) + "17";

    assertThat(Printable.line(name)).isEqualTo("pump" + shown + "17");
  }

  @Test
  void namesOfPeopleAndPlacesStayAsTheyAre() {
    assertThat(Printable.line("Zürich, Łódź, 東京, مضخة 17 €"))
        .isEqualTo("Zürich, Łódź, 東京, مضخة 17 €");
  }

  @Test
  void aMessageKeepsItsLines() {
    assertThat(Printable.lines("one\ntwo\u001b[2J")).isEqualTo("one\ntwo<U+001B>[2J");
  }

  @Test
  void aCellStaysInItsRow() {
    var table = Table.of("DEVICE", "STATE").row("evil\nroot", "ok\u001b]52;c;x\u0007").row(null, 1);

    assertThat(table)
        .hasToString(
            """
            DEVICE             STATE
            evil<U+000A>root   ok<U+001B>]52;c;x<U+0007>
            -                  1
            """);
  }
}
