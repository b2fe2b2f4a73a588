package dev.nameplate.server.tls;

/// The parameters of tls-exporter (RFC 9266 section 2); the context is empty.
final class Exporter {

  static final String LABEL = "EXPORTER-Channel-Binding";
  static final int LENGTH = 32;

  private Exporter() {}
}
