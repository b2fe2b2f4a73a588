package dev.nameplate.cli.doctor;

/// What a channel says about a certificate.
enum Seen {
  GOOD,
  REVOKED,
  /// It is not known there, or there was no answer that could be believed.
  NOTHING
}
