package dev.nameplate.server.admin;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The reports about the whole fleet.
enum ReportName {
  NEVER_ENROLLED(
      "Devices that were registered and never given a certificate.",
      "subject",
      "profile",
      "group",
      "since"),
  NEVER_RENEWED(
      "Devices that use their first certificate although its renewal window is over.",
      "subject",
      "profile",
      "serial",
      "since",
      "until"),
  OVERDUE(
      "Certificates in use whose renewal window is over, the expired ones among them.",
      "subject",
      "profile",
      "state",
      "serial",
      "since",
      "until"),
  EXPIRING("Certificates in use that end soon.", "subject", "profile", "state", "serial", "until"),
  UNCONFIRMED(
      "Certificates that were issued and not seen in use.",
      "subject",
      "profile",
      "state",
      "serial",
      "since",
      "until"),
  DUPLICATE_KEYS_REFUSED(
      "Who showed a public key that belongs to another.",
      "subject",
      "reason",
      "address",
      "count",
      "first_at",
      "last_at"),
  TOMBSTONE_HITS(
      "Who showed a name, a key or an IDevID that was retired.",
      "subject",
      "reason",
      "address",
      "count",
      "first_at",
      "last_at"),
  RETIRED_BUT_SEEN(
      "Certificates that brokers saw although they were revoked, or their owner retired.",
      "subject",
      "source",
      "count",
      "first_at",
      "last_at",
      "sha256"),
  UNKNOWN_BUT_SEEN(
      "Certificates that brokers saw and that nobody here issued.",
      "subject",
      "source",
      "count",
      "first_at",
      "last_at"),
  WEAK_ALGORITHMS(
      "Certificates with a key of less than 128 bits of security: rsa-2048.",
      "subject",
      "profile",
      "key",
      "serial",
      "until"),
  BY_CA_GENERATION(
      "For each authority, how many certificates still hang on it.",
      "subject",
      "issuer",
      "count",
      "pending",
      "until"),
  LONG_HELD(
      "Certificates that have been on hold for long.",
      "subject",
      "profile",
      "serial",
      "since",
      "until");

  private final String about;
  private final List<String> columns;

  ReportName(String about, String... columns) {
    this.about = about;
    this.columns = List.of(columns);
  }

  /// As it is written: `never-enrolled`.
  String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  ReportApi.ReportKind kind() {
    return new ReportApi.ReportKind(text(), about, columns);
  }

  static Optional<ReportName> of(String text) {
    return Arrays.stream(values()).filter(name -> name.text().equals(text)).findFirst();
  }
}
