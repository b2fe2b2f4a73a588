package dev.nameplate.server.admin;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What brokers tell and ask, and what operators ask of the whole fleet, with the conventions of
/// [AdminApi].
public final class ReportApi {

  /// One of `POST /sightings`, as a JSON array or as lines (`application/x-ndjson`).
  ///
  /// @param fingerprint SHA-256 of the whole certificate in hex
  /// @param at when it was seen
  /// @param source who saw it; without it, who asks
  public record Sighting(
      @Nullable String fingerprint, @Nullable Instant at, @Nullable String source) {}

  /// @param counted how many were new: the same ones again are `repeated`
  /// @param dropped how many there was no place for
  /// @param unknown how many of the new ones are of certificates that nobody here issued
  /// @param retired how many of the new ones are of certificates that were revoked, or whose owner
  ///   was retired, before they were seen
  public record TakenSightings(int counted, int repeated, int dropped, int unknown, int retired) {}

  /// `POST /decide`: by one of the two.
  ///
  /// @param certificate in PEM
  /// @param fingerprint SHA-256 of the whole certificate in hex
  /// @param source who asks, for the sighting that this is; without it, the name of its certificate
  public record Decide(
      @Nullable String certificate, @Nullable String fingerprint, @Nullable String source) {}

  /// @param decision `allow` or `deny`
  /// @param reason `good`, or why not: `revoked`, `retired`, `unknown`
  /// @param device null if the certificate is not a device's of ours
  /// @param ttlSeconds for how long the answer may be used: in seconds, for those who ask in C
  public record Decision(
      String decision,
      String reason,
      String detail,
      @Nullable String device,
      @Nullable String state,
      @Nullable String group,
      @Nullable String site,
      @Nullable String model,
      @Nullable String profile,
      @Nullable String serial,
      @Nullable Instant notAfter,
      long ttlSeconds) {}

  /// @param columns the fields of its rows that say something
  public record ReportKind(String name, String about, List<String> columns) {}

  public record ReportKinds(List<ReportKind> items) {}

  /// A row of any report; what it does not tell of is null.
  ///
  /// @param subject what it is about: `device:pump-0017`, the fingerprint of an unknown
  ///   certificate, the role of an authority
  /// @param since from when it is so: registered, valid, on hold, overdue
  /// @param until when it ends
  public record Row(
      String subject,
      @Nullable String state,
      @Nullable String profile,
      @Nullable String group,
      @Nullable String serial,
      @Nullable String issuer,
      @Nullable String sha256,
      @Nullable String key,
      @Nullable String source,
      @Nullable String reason,
      @Nullable String address,
      @Nullable Instant since,
      @Nullable Instant until,
      @Nullable Instant firstAt,
      @Nullable Instant lastAt,
      @Nullable Long count,
      @Nullable Long pending) {}

  /// @param next what to ask `after` for the next page; null if this is the last
  public record Report(String name, List<Row> items, @Nullable String next) {}

  /// @param kind `name`, `key`, `idevid`, `hardware_serial`
  /// @param value the name; of keys the SHA-256
  /// @param clearedBy what makes it count no more
  public record Tombstone(String kind, String value, @Nullable Instant at, String clearedBy) {}

  /// @param from when a renewal is expected
  /// @param overdue when it should long have happened
  /// @param until when the certificate ends
  public record Renewal(String serial, Instant from, Instant overdue, Instant until) {}

  /// @param alarm `unknown`, `taken_back`, or null if all was well when it was last seen
  public record Seen(
      String sha256,
      String source,
      @Nullable String alarm,
      Instant firstAt,
      Instant lastAt,
      long count) {}

  private ReportApi() {}
}
