package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is exported is opened in spreadsheets, which run what looks like a formula.
@Tag("B12")
class CsvTest {

  @Test
  void rowsAreThoseOfRfc4180() {
    var text = new StringBuilder();
    var _ =
        Csv.to(text, "id", "site", "at", "count")
            .row("pump-1", "Hall 3, \"north\"", Instant.parse("2026-11-23T12:00:00Z"), -5)
            .row("pump-2", null, null, 0)
            .row("pump-3", " padded ", "", 1L);

    assertThat(text)
        .hasToString(
            String.join(
                "\r\n",
                "id,site,at,count",
                "pump-1,\"Hall 3, \"\"north\"\"\",2026-11-23T12:00:00Z,-5",
                "pump-2,,,0",
                "pump-3,\" padded \",,1",
                ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-2+3",
        "@SUM(A1:A9)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\uff1d1+1",
        "=HYPERLINK(\"http://x\",\"y\")"
      })
  void noCellIsAFormula(String hostile) {
    var cell = Csv.cell(hostile);

    assertThat(cell.startsWith("\"") ? cell.substring(1) : cell).startsWith("'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"=1", "+49 30", "-", "'quoted'", "'", "'=1", "", "pump-1", "@home"})
  void whatWasExportedCanBeReadAgain(String text) {
    assertThat(Csv.unguarded(Csv.cell(text))).isEqualTo(text);
  }

  @Test
  void noCellBreaksItsRowOrMovesTheCursor() {
    assertThat(Csv.cell("a\r\nb\u001b[2J\u202e\u009b"))
        .isEqualTo("a<U+000D><U+000A>b<U+001B>[2J<U+202E><U+009B>");
  }

  @Test
  void everyRowHasTheSameCells() {
    var csv = Csv.to(new StringBuilder(), "a", "b");

    assertThatThrownBy(() -> csv.row(1)).hasMessage("1 cells for 2 columns");
  }
}
