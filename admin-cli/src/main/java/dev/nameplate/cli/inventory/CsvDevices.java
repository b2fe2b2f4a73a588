package dev.nameplate.cli.inventory;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Devices in CSV (RFC 4180), with the columns that the first line names, in any order. A cell that
/// begins like a formula must have an apostrophe before it, as our own exports have, so that
/// whatever was in a spreadsheet once can be there again.
final class CsvDevices implements DeviceFile {

  /// A cell that is longer is taken for a quote that nobody closed.
  private static final int LONGEST_TEXT = 64 * 1024;

  private final CsvParser parser;
  private final List<Column> header;

  private CsvDevices(CsvParser parser, List<Column> header) {
    this.parser = parser;
    this.header = header;
  }

  static CsvDevices open(Reader text) throws IOException, UnreadableFileException {
    var factory =
        CsvFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder().maxStringLength(LONGEST_TEXT).build())
            .build();
    var parser = factory.createParser(text);
    parser.setSchema(CsvSchema.emptySchema());
    parser.enable(CsvParser.Feature.WRAP_AS_ARRAY);
    parser.nextToken();
    var first = cells(parser, Column.values().length + 1);
    if (first.isEmpty()) {
      throw new UnreadableFileException(
          1, "the file is empty; its first line must name the columns: " + Column.list());
    }
    return new CsvDevices(parser, header(first.get()));
  }

  private static List<Column> header(Cells first) throws UnreadableFileException {
    var header = new ArrayList<Column>();
    for (var name : first.texts()) {
      var column =
          Column.of(name)
              .orElseThrow(() ->
                  new UnreadableFileException(
                      first.line(),
                      "unknown column " + Column.shown(name) + "; known are " + Column.list()));
      if (header.contains(column)) {
        throw new UnreadableFileException(
            first.line(), "the column " + column.text() + " is there twice");
      }
      header.add(column);
    }
    if (!header.contains(Column.ID)) {
      throw new UnreadableFileException(first.line(), "there is no column id");
    }
    return List.copyOf(header);
  }

  @Override
  public Optional<Line> next() throws IOException, UnreadableFileException {
    while (true) {
      var cells = cells(parser, header.size() + 1);
      if (cells.isEmpty()) {
        return Optional.empty();
      }
      if (!cells.get().isBlank()) {
        return Optional.of(line(cells.get()));
      }
    }
  }

  private Line line(Cells cells) {
    long number = cells.line();
    var id = cells.at(header.indexOf(Column.ID));
    if (cells.texts().size() != header.size()) {
      return new Line.Wrong(
          number,
          id,
          (cells.texts().size() > header.size() ? "more cells" : cells.texts().size() + " cells")
              + " than the "
              + header.size()
              + " columns of the header");
    }
    var values = new EnumMap<Column, @Nullable String>(Column.class);
    for (int i = 0; i < header.size(); i++) {
      var column = header.get(i);
      var text = cells.texts().get(i);
      var wrong = Column.wrong(text).or(() -> formula(text));
      if (wrong.isPresent()) {
        return new Line.Wrong(number, id, column.text() + ": the cell " + wrong.get());
      }
      values.put(column, FormulaSafe.read(text));
    }
    return new Line.Row(Column.row(number, values));
  }

  private static Optional<String> formula(String text) {
    return FormulaSafe.isFormula(text)
        ? Optional.of(
            "begins like a formula; if it is meant, put an ' before the " + text.charAt(0))
        : Optional.empty();
  }

  /// The next row of the file, however many cells it has; no more than `most` are kept.
  private static Optional<Cells> cells(CsvParser parser, int most)
      throws IOException, UnreadableFileException {
    long line = Math.max(1, parser.currentLocation().getLineNr());
    try {
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        return Optional.empty();
      }
      var texts = new ArrayList<String>();
      for (var token = parser.nextToken();
          token == JsonToken.VALUE_STRING;
          token = parser.nextToken()) {
        if (texts.size() < most) {
          texts.add(parser.getText());
        }
      }
      return Optional.of(new Cells(line, texts));
    } catch (StreamConstraintsException _) {
      throw new UnreadableFileException(
          line, "a cell of more than " + LONGEST_TEXT + " characters; is a quote not closed?");
    } catch (JsonProcessingException malformed) {
      throw new UnreadableFileException(line, "not CSV: " + malformed.getOriginalMessage());
    }
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }

  private record Cells(long line, List<String> texts) {

    boolean isBlank() {
      return texts.size() == 1 && texts.getFirst().isBlank();
    }

    String at(int index) {
      return index < texts.size() ? Objects.requireNonNull(texts.get(index)) : "";
    }
  }
}
