package dev.nameplate.cli.est;

import java.security.cert.X509Certificate;
import java.time.Duration;

/// What an EST server said to a request for a certificate.
public sealed interface EstAnswer {

  /// The one certificate of the answer; nothing about it was checked yet.
  record Issued(X509Certificate certificate) implements EstAnswer {}

  /// No, and the same request will not become a yes by waiting.
  ///
  /// @param status of HTTP
  /// @param reason in the server's words
  record Refused(int status, String reason) implements EstAnswer {}

  /// Not now: ask the same again.
  record TryLater(int status, Duration after, String reason) implements EstAnswer {}
}
