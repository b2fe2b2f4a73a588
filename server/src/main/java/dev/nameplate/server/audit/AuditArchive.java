package dev.nameplate.server.audit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.audit.AuditProof;
import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.audit.AuditVerifier;
import dev.nameplate.ca.audit.ChainHead;
import dev.nameplate.ca.store.CheckpointStore;
import dev.nameplate.ca.x509.Certificate;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The whole audit log as a file, a JSON object on each line: the checkpoints first, where the
/// chains end, then every row, where the chains end after that, and a last line, without which the
/// file is not whole.
public final class AuditArchive {

  private static final JsonFactory JSON = new JsonFactory();
  private static final int AT_ONCE = 1000;

  private AuditArchive() {}

  /// Writes it, in bounded memory.
  public static void write(
      OutputStream to, AuditLog audit, CheckpointStore checkpoints, String node, Instant now)
      throws IOException {
    try (var json = JSON.createGenerator(to)) {
      json.setRootValueSeparator(null);
      line(json, "export", Map.of("version", 1L, "node", node, "at", now.toString()));
      long last = 0;
      List<CheckpointStore.Stored> page;
      do {
        page = checkpoints.checkpointsAfter(last, AT_ONCE);
        for (var each : page) {
          json.writeStartObject();
          json.writeStringField("type", "checkpoint");
          json.writeNumberField("number", each.number());
          json.writeStringField("jws", each.jws());
          end(json);
        }
        last = page.isEmpty() ? last : page.getLast().number();
      } while (page.size() == AT_ONCE);
      ends(json, "end", checkpoints.logState().ends());
      var rows = new long[1];
      try {
        audit.rows(row -> {
          write(json, row);
          rows[0]++;
        });
      } catch (UncheckedIOException failed) {
        throw failed.getCause();
      }
      ends(json, "last", checkpoints.logState().ends());
      line(json, "complete", Map.of("rows", rows[0]));
    }
  }

  /// Checks it, in bounded memory, and without anything but these files.
  ///
  /// @param roots below which the signers of checkpoints have to be
  /// @param exported files with checkpoints that were exported
  /// @throws IOException if a file cannot be read, or is no archive
  public static AuditCheck.Findings verify(
      Path file, Collection<Certificate> roots, List<Path> exported) throws IOException {
    var proof = new AuditProof(roots);
    var verifier = new AuditVerifier(proof);
    long number = 0;
    boolean rowsBegan = false;
    long rows = 0;
    Optional<Long> complete = Optional.empty();
    try (var lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        var fields = fields(file, number, line);
        var type = fields.getOrDefault("type", "");
        if (number == 1 && !type.equals("export")) {
          throw new IOException(file + " is no export of an audit log");
        }
        if (!rowsBegan && (type.equals("row") || type.equals("last") || type.equals("complete"))) {
          rowsBegan = true;
          for (var each : exported) {
            CheckpointFile.read(each, proof::exported);
          }
        }
        try {
          switch (type) {
            case "export" -> {}
            case "checkpoint" ->
                proof.checkpoint(number(fields, "number"), required(fields, "jws"));
            case "end" -> proof.end(head(fields));
            case "row" -> {
              verifier.next(row(fields));
              rows++;
            }
            case "last" -> verifier.end(head(fields));
            case "complete" -> complete = Optional.of(number(fields, "rows"));
            default -> throw new IllegalArgumentException("a line of type '" + type + "'");
          }
        } catch (IllegalArgumentException | DateTimeParseException wrong) {
          throw new IOException(file + ", line " + number + ": " + wrong.getMessage(), wrong);
        }
      }
    }
    if (complete.isEmpty() || complete.get() != rows) {
      throw new IOException(
          file
              + " is not whole: it has "
              + rows
              + " rows"
              + complete.map(of -> " of " + of).orElse(", and no end"));
    }
    return AuditCheck.Findings.of(proof, verifier);
  }

  private static void write(JsonGenerator json, AuditRow row) {
    try {
      json.writeStartObject();
      json.writeStringField("type", "row");
      json.writeStringField("chain", row.chain());
      json.writeNumberField("sequence", row.sequence());
      json.writeStringField("at", row.at().toString());
      json.writeStringField("previous", row.previousHash());
      json.writeStringField("payloadHash", row.payloadHash());
      json.writeStringField("hash", row.hash());
      json.writeStringField("kind", row.kind());
      if (row.subject().isPresent()) {
        json.writeStringField("subject", row.subject().get());
      }
      if (row.payload().isPresent()) {
        json.writeStringField("payload", row.payload().get());
      }
      end(json);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static void ends(JsonGenerator json, String type, List<ChainHead> ends)
      throws IOException {
    for (var each : ends) {
      json.writeStartObject();
      json.writeStringField("type", type);
      json.writeStringField("chain", each.chain());
      json.writeNumberField("sequence", each.sequence());
      json.writeStringField("hash", each.hash());
      end(json);
    }
  }

  private static void line(JsonGenerator json, String type, Map<String, Object> fields)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("type", type);
    for (var field : fields.entrySet()) {
      json.writeObjectField(field.getKey(), field.getValue());
    }
    end(json);
  }

  private static void end(JsonGenerator json) throws IOException {
    json.writeEndObject();
    json.writeRaw('\n');
  }

  /// Of an object with texts and whole numbers.
  private static Map<String, String> fields(Path file, long number, String line)
      throws IOException {
    try (JsonParser parser = JSON.createParser(line)) {
      var fields = new HashMap<String, String>();
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException(file + ", line " + number + ": no JSON object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        var name = parser.currentName();
        var value = parser.nextToken();
        if (!value.isScalarValue() || fields.put(name, parser.getText()) != null) {
          throw new IOException(file + ", line " + number + ": field " + name);
        }
      }
      return fields;
    } catch (JsonProcessingException malformed) {
      throw new IOException(
          file + ", line " + number + ": " + malformed.getOriginalMessage(), malformed);
    }
  }

  private static ChainHead head(Map<String, String> fields) {
    return new ChainHead(
        required(fields, "chain"), number(fields, "sequence"), required(fields, "hash"));
  }

  private static AuditRow row(Map<String, String> fields) {
    return new AuditRow(
        required(fields, "chain"),
        number(fields, "sequence"),
        Instant.parse(required(fields, "at")),
        required(fields, "previous"),
        required(fields, "payloadHash"),
        required(fields, "hash"),
        required(fields, "kind"),
        Optional.ofNullable(fields.get("subject")),
        Optional.ofNullable(fields.get("payload")));
  }

  private static long number(Map<String, String> fields, String name) {
    return Long.parseLong(required(fields, name));
  }

  private static String required(Map<String, String> fields, String name) {
    var value = fields.get(name);
    if (value == null) {
      throw new IllegalArgumentException("field " + name + " is missing");
    }
    return value;
  }
}
