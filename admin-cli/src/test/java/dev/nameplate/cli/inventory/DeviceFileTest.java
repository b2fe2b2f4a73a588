package dev.nameplate.cli.inventory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.server.admin.InventoryApi;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is read of files of devices, and what is said of those that somebody else made.
class DeviceFileTest {

  @Test
  void aFileFromASpreadsheetIsRead() throws Exception {
    var lines =
        csv(
            "\uFEFFid,profile,lot,model\r\npump-1,device,L42,\"GW \"\"2\"\", blue\"\r\npump-2,,,\r\n");

    assertThat(lines)
        .containsExactly(
            new Line.Row(row(2, "pump-1", "device", "GW \"2\", blue", "L42")),
            new Line.Row(row(3, "pump-2", "", "", "")));
  }

  @Test
  void columnsThatAreNotThereAreNotSaid() throws Exception {
    assertThat(csv("id\npump-1")).containsExactly(new Line.Row(row(2, "pump-1", null, null, null)));
  }

  @Test
  void emptyLinesAreCountedAndPassedOver() throws Exception {
    assertThat(csv("id\n\n\npump-1\n\npump-2\n\n"))
        .extracting(Line::number)
        .containsExactly(4L, 6L);
  }

  @Test
  void aRowBeginsWhereItsFirstLineIs() throws Exception {
    var lines = csv("id,lot\na,\"x\ny\"\nb,1\n");

    assertThat(lines.getFirst())
        .isEqualTo(new Line.Wrong(2, "a", "lot: the cell has the control character U+000A"));
    assertThat(lines.getLast().number()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          id,colour  | line 1: unknown column 'colour'; known are id, profile, model, site, group
          id;lot     | line 1: unknown column 'id;lot'
          id,lot,id  | line 1: the column id is there twice
          lot,model  | line 1: there is no column id
          ID,lot     | line 1: unknown column 'ID'
          id,        | line 1: unknown column ''
          """)
  void aHeaderThatIsNotKnownIsNamed(String header, String says) {
    assertThatThrownBy(() -> csv(header + "\na,b\n"))
        .isInstanceOf(UnreadableFileException.class)
        .hasMessageStartingWith(says);
  }

  @ParameterizedTest
  @ValueSource(strings = {"=1+1", "+49", "-5", "@home", "=cmd|' /C calc'!A0"})
  void aFormulaIsRefusedAndTheSameWithAnApostropheIsText(String formula) throws Exception {
    assertThat(csv("id,lot\na,%s\nb,'%s\n".formatted(formula, formula)))
        .satisfiesExactly(
            refused ->
                assertThat(refused)
                    .isInstanceOfSatisfying(
                        Line.Wrong.class,
                        wrong -> assertThat(wrong.what()).startsWith("lot: the cell begins like")),
            taken -> assertThat(taken).isEqualTo(new Line.Row(row(3, "b", null, null, formula))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "L42", "=x", "'=x", "''=x", "'", "'x", "", "+", "-", "a=b", "@", "''", "'-'", "\uff1dx"
      })
  void whatIsWrittenSafelyIsReadAsWhatItWas(String text) {
    assertThat(FormulaSafe.read(FormulaSafe.write(text))).isEqualTo(text);
    assertThat(FormulaSafe.isFormula(FormulaSafe.write(text))).isFalse();
  }

  @Test
  void bytesThatAreNotUtf8AreFoundInTheirRowAndTheOthersAreRead() throws Exception {
    var lines =
        read(DeviceFormat.CSV, "id,lot\na,caf\u00e9\nb,1\n".getBytes(StandardCharsets.ISO_8859_1));

    assertThat(lines.getFirst()).isEqualTo(new Line.Wrong(2, "a", "lot: the cell is not UTF-8"));
    assertThat(lines.getLast()).isEqualTo(new Line.Row(row(3, "b", null, null, "1")));
    assertThat(csv("id,lot\na,caf\u00e9\n"))
        .containsExactly(new Line.Row(row(2, "a", null, null, "caf\u00e9")));
  }

  @Test
  void nulIsNamed() throws Exception {
    assertThat(csv("id,lot\na\0b,1\n"))
        .containsExactly(
            new Line.Wrong(2, "a\0b", "id: the cell has the control character U+0000"));
  }

  @Test
  void rowsWithOtherCellsThanColumnsAreWrongAndNoneIsKept() throws Exception {
    assertThat(csv("id,lot\na\nb,1,2\nc" + ",".repeat(100_000) + "\nd,1\n"))
        .extracting(line -> line instanceof Line.Wrong wrong ? wrong.what() : "")
        .containsExactly(
            "1 cells than the 2 columns of the header",
            "more cells than the 2 columns of the header",
            "more cells than the 2 columns of the header",
            "");
  }

  @Test
  void aLongCellIsWrongAndAnEndlessOneEndsTheFileBeforeTheMemoryDoes() throws Exception {
    assertThat(csv("id,lot\na," + "x".repeat(5000) + "\nb,1\n").getFirst())
        .isEqualTo(new Line.Wrong(2, "a", "lot: the cell has 5000 characters, and 1000 at most"));
    var endless = new Endless("id,lot\na,1\nb,\"");

    assertThatThrownBy(() -> read(DeviceFormat.CSV, endless))
        .isInstanceOf(UnreadableFileException.class)
        .hasMessage("line 3: a cell of more than 65536 characters; is a quote not closed?");
    assertThat(endless.taken).isLessThan(300_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"id,lot\na,1\n\"b\"x,2\n", "id,lot\na,1\nb,\"2\n"})
  void brokenQuotesEndTheFileWithTheLineTheyAreIn(String text) {
    assertThatThrownBy(() -> csv(text))
        .isInstanceOf(UnreadableFileException.class)
        .hasMessageStartingWith("line 3: not CSV");
  }

  @Test
  void whatIsNoCsvAtAllIsNamed() {
    assertThatThrownBy(() -> csv("")).hasMessageStartingWith("line 1: the file is empty");
    assertThatThrownBy(
            () -> read(DeviceFormat.CSV, "\uFEFFid\na\n".getBytes(StandardCharsets.UTF_16LE)))
        .hasMessage("line 1: the file is UTF-16; save it as UTF-8");
    assertThatThrownBy(() -> csv("x".repeat(5000) + "\n"))
        .hasMessageStartingWith("line 1: unknown column 'xxx")
        .message()
        .hasSizeLessThan(200);
  }

  @Test
  void linesOfJsonAreRead() throws Exception {
    assertThat(
            ndjson(
                """
                {"id":"pump-1","profile":"device","model":"=GW","lot":null}

                {"id":"pump-2"}
                """))
        .containsExactly(
            new Line.Row(row(1, "pump-1", "device", "=GW", "")),
            new Line.Row(row(3, "pump-2", null, null, null)));
  }

  @Test
  void badLinesOfJsonAreWrongEachForItself() throws Exception {
    var lines =
        ndjson(
            """
            {"id":"a","colour":"red"}
            {"id":"b","id":"c"}
            {"id":"d"
            ["e"]
            {"id":7}
            {"id":"f","lot":"x\\u0000"}
            {"id":"g"} {"id":"h"}
            {"id":"i"}
            """
                + "{\"id\":\""
                + "x".repeat(100_000)
                + "\"}\n{\"id\":\"j\"}");

    assertThat(lines)
        .extracting(line -> line instanceof Line.Wrong wrong ? wrong.what() : "read")
        .satisfiesExactly(
            what -> assertThat(what).startsWith("unknown field 'colour'"),
            what -> assertThat(what).startsWith("not a JSON object"),
            what -> assertThat(what).startsWith("not a JSON object"),
            what -> assertThat(what).isEqualTo("not a JSON object"),
            what -> assertThat(what).isEqualTo("id: not a text in quotes"),
            what -> assertThat(what).isEqualTo("lot: the value has the control character U+0000"),
            what -> assertThat(what).startsWith("not a JSON object"),
            what -> assertThat(what).isEqualTo("read"),
            what -> assertThat(what).isEqualTo("a line of more than 65536 characters"),
            what -> assertThat(what).isEqualTo("read"));
  }

  private static List<Line> csv(String text) throws IOException, UnreadableFileException {
    return read(DeviceFormat.CSV, text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<Line> ndjson(String text) throws IOException, UnreadableFileException {
    return read(DeviceFormat.NDJSON, text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<Line> read(DeviceFormat format, byte[] content)
      throws IOException, UnreadableFileException {
    return read(format, new ByteArrayInputStream(content));
  }

  private static List<Line> read(DeviceFormat format, InputStream content)
      throws IOException, UnreadableFileException {
    var lines = new ArrayList<Line>();
    try (var file = DeviceFile.open(content, format)) {
      for (var line = file.next(); line.isPresent(); line = file.next()) {
        lines.add(line.get());
      }
    }
    return lines;
  }

  private static InventoryApi.Row row(
      long line,
      String id,
      @Nullable String profile,
      @Nullable String model,
      @Nullable String lot) {
    return new InventoryApi.Row(line, id, profile, model, null, null, lot, null, null, null);
  }

  /// Some text, and then one letter for ever.
  private static final class Endless extends InputStream {

    private final byte[] begin;
    private int taken;

    Endless(String begin) {
      this.begin = begin.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public int read() {
      int next = taken < begin.length ? Byte.toUnsignedInt(begin[taken]) : 'x';
      taken++;
      return next;
    }

    @Override
    public int read(byte[] into, int at, int length) {
      for (int i = at; i < at + length; i++) {
        into[i] = (byte) read();
      }
      return length;
    }
  }
}
