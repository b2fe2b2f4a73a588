package dev.nameplate.ca.audit;

import dev.nameplate.ca.x509.Der;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Optional;

/// One row of an audit chain. Hashes are SHA-256 in hex.
///
/// @param chain a new one for each process that writes
/// @param sequence 1, 2, 3 … within the chain
/// @param at when the writer wrote it, in whole microseconds
/// @param payload empty once it was erased; its hash stays
/// @param hash over chain, sequence, time, previous hash and payload hash
public record AuditRow(
    String chain,
    long sequence,
    Instant at,
    String previousHash,
    String payloadHash,
    String hash,
    String kind,
    Optional<String> subject,
    Optional<String> payload) {

  /// The previous hash of a chain's first row.
  public static final String NOTHING_BEFORE = "0".repeat(64);

  /// The row that follows `previousHash` in `chain`.
  public static AuditRow next(
      String chain, long sequence, Instant now, String previousHash, AuditEvent event) {
    var at = now.truncatedTo(ChronoUnit.MICROS);
    var payload = AuditPayload.of(event);
    var payloadHash = HexFormat.of().formatHex(Der.sha256(payload.bytes()));
    return new AuditRow(
        chain,
        sequence,
        at,
        previousHash,
        payloadHash,
        hash(chain, sequence, at, previousHash, payloadHash),
        payload.kind(),
        event.subject().map(Object::toString),
        Optional.of(payload.json()));
  }

  /// The same without what it says.
  public AuditRow erased() {
    return new AuditRow(
        chain, sequence, at, previousHash, payloadHash, hash, kind, subject, Optional.empty());
  }

  /// What `hash` must be, computed from the other columns.
  public String expectedHash() {
    return hash(chain, sequence, at, previousHash, payloadHash);
  }

  /// Microseconds since the epoch: how times are stored and hashed.
  public long atMicros() {
    return micros(at);
  }

  public static long micros(Instant at) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, at);
  }

  private static String hash(
      String chain, long sequence, Instant at, String previousHash, String payloadHash) {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(chain.getBytes(StandardCharsets.UTF_8));
    bytes.writeBytes(ByteBuffer.allocate(16).putLong(sequence).putLong(micros(at)).array());
    bytes.writeBytes(HexFormat.of().parseHex(previousHash));
    bytes.writeBytes(HexFormat.of().parseHex(payloadHash));
    return HexFormat.of().formatHex(Der.sha256(bytes.toByteArray()));
  }
}
