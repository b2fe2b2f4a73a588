package dev.nameplate.est;

import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.CsrAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What an operation answers, whatever carries it: `EstReply` says it in HTTP, `CoapReply` in CoAP.
public sealed interface Outcome {

  /// What `/cacerts` hands out.
  record Authorities(List<Certificate> certificates) implements Outcome {}

  /// The one certificate that was asked for.
  record Issued(Certificate certificate) implements Outcome {}

  /// What `/csrattrs` answers.
  record Expected(CsrAttributes attributes) implements Outcome {}

  /// It waits for an operator's approval: send the same request again after a while.
  record Queued(Duration retryAfter) implements Outcome {}

  /// A key that we made, and its certificate. Whoever sends the key closes it.
  record KeyGenerated(GeneratedKey key, Certificate certificate) implements Outcome {}

  /// No, and why.
  ///
  /// @param status in HTTP's terms
  /// @param sentence for whoever reads the log of the client
  /// @param retryAfter when asking again may help
  record Refused(int status, String sentence, Optional<Duration> retryAfter) implements Outcome {

    /// Asking the same again does not help.
    static Refused of(int status, String sentence) {
      return new Refused(status, sentence, Optional.empty());
    }

    /// It passes by itself.
    static Refused later(int status, String sentence, Duration retryAfter) {
      return new Refused(status, sentence, Optional.of(retryAfter));
    }
  }

  /// Nobody knows who asks: show a credential.
  ///
  /// @param challenges how HTTP asks for one, the best first
  record Unauthenticated(String sentence, List<String> challenges) implements Outcome {

    public Unauthenticated {
      challenges = List.copyOf(challenges);
    }
  }
}
