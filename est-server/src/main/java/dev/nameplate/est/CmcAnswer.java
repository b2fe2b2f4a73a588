package dev.nameplate.est;

import java.time.Duration;
import java.util.Optional;

/// What is answered to a Full PKI Request.
sealed interface CmcAnswer {

  /// What a simple operation would answer, too: a certificate and nothing else (the Simple PKI
  /// Response), a wait for approval, no such label.
  record Simple(Outcome outcome) implements CmcAnswer {}

  /// A Full PKI Response.
  ///
  /// @param status of HTTP
  /// @param retryAfter when asking again may help
  record Full(int status, CmcResponse response, Optional<Duration> retryAfter)
      implements CmcAnswer {}
}
