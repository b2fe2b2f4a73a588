package dev.nameplate.est;

import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.enrollment.EnrollmentResult;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.EnrollmentRules;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.MalformedCsrException;

/// The operations of EST, whatever transport carries them: DER comes in, an [Outcome] goes out.
public final class Operations {

  static final Outcome NO_SUCH_LABEL = Outcome.Refused.of(404, "There is no such EST label here.");

  private final EstSettings settings;
  private final Authenticator authenticator;
  private final Linking linking;
  private final Enrollment enrollment;
  private final TrustBundle trust;
  private final KeyGeneration keys;
  private final Refusals refusals;

  Operations(
      EstSettings settings,
      Authenticator authenticator,
      Linking linking,
      Enrollment enrollment,
      TrustBundle trust,
      KeyGeneration keys,
      Refusals refusals) {
    this.settings = settings;
    this.authenticator = authenticator;
    this.linking = linking;
    this.enrollment = enrollment;
    this.trust = trust;
    this.keys = keys;
    this.refusals = refusals;
  }

  public EstSettings settings() {
    return settings;
  }

  /// Distribution of CA certificates (RFC 7030 section 4.1). Anybody may ask: a device has to learn
  /// whom to trust before it is anybody.
  public Outcome caCerts(String label) {
    return settings
        .profile(label)
        .<Outcome>map(profile -> new Outcome.Authorities(trust.of(profile)))
        .orElse(NO_SUCH_LABEL);
  }

  /// What a request should look like (RFC 7030 section 4.5). Anybody may ask.
  public Outcome csrAttrs(String label) {
    return settings
        .profile(label)
        .<Outcome>map(profile -> new Outcome.Expected(ExpectedRequest.of(profile)))
        .orElse(NO_SUCH_LABEL);
  }

  /// Enrollment and re-enrollment (RFC 7030 section 4.2).
  ///
  /// @param request PKCS#10
  /// @throws UnreadableBodyException if there is no request in it; nobody was asked who they are
  public Outcome enroll(String label, Peer peer, Posted request, Purpose purpose)
      throws UnreadableBodyException {
    var profile = settings.profile(label);
    if (profile.isEmpty()) {
      return NO_SUCH_LABEL;
    }
    return switch (authenticator.identify(peer, profile.get(), purpose)) {
      case Caller.Rejected(var outcome) -> outcome;
      case Caller.Known(var requester) -> {
        try {
          var csr = Csr.parse(request.der());
          yield switch (authenticator.onBehalf(
              requester, csr, profile.get(), purpose, peer.origin())) {
            case Caller.Rejected(var outcome) -> outcome;
            case Caller.Known(var asking) -> linked(asking, csr, profile.get(), peer, purpose);
          };
        } catch (MalformedCsrException malformed) {
          yield refusals.outcome(
              enrollment.malformed(requester, profile.get(), malformed.reason(), peer.origin()));
        } catch (UnreadableBodyException unreadable) {
          enrollment.malformed(requester, profile.get(), unreadable.reason(), peer.origin());
          throw unreadable;
        }
      }
    };
  }

  private Outcome linked(
      Requester asking, Csr csr, CertificateProfile profile, Peer peer, Purpose purpose) {
    return switch (linking.verify(asking, csr, peer)) {
      case Linking.Finding.Throttled(var wait) -> Refusals.throttled(wait);
      case Linking.Finding.Looked(var proven, var link) ->
          authenticator
              .missing(proven, profile, purpose)
              .orElseGet(() ->
                  issue(new IssuanceRequest(proven, csr, profile, purpose, peer.origin(), link)));
    };
  }

  /// Server-side key generation (RFC 7030 section 4.4), where the label has it. The key is not
  /// kept: whoever asks again gets another one, and another certificate in the place of the one
  /// that nobody has seen in use yet.
  ///
  /// @param request PKCS#10, of which public key and signature count for nothing
  /// @throws UnreadableBodyException if there is no request in it; nobody was asked who they are
  public Outcome serverKeygen(String label, Peer peer, Posted request)
      throws UnreadableBodyException {
    var found = settings.profile(label);
    if (found.isEmpty()) {
      return NO_SUCH_LABEL;
    }
    var profile = found.get();
    var rules = profile.enrollment().orElseThrow();
    if (rules.serverKeygen() == EnrollmentRules.ServerKeygen.OFF) {
      return Outcome.Refused.of(404, "This EST label makes no keys for devices.");
    }
    return switch (authenticator.identify(peer, profile, Purpose.SERVER_KEYGEN)) {
      case Caller.Rejected(var outcome) -> outcome;
      case Caller.Known(var requester) -> {
        try {
          yield switch (keys.prepare(request.der(), requester.owner(), profile, rules)) {
            case KeyGeneration.Preparation.Refused(var outcome) -> outcome;
            case KeyGeneration.Preparation.Ready ready ->
                withKey(
                    linked(requester, ready.csr(), profile, peer, Purpose.SERVER_KEYGEN), ready);
          };
        } catch (MalformedCsrException malformed) {
          yield refusals.outcome(
              enrollment.malformed(requester, profile, malformed.reason(), peer.origin()));
        } catch (UnreadableBodyException unreadable) {
          enrollment.malformed(requester, profile, unreadable.reason(), peer.origin());
          throw unreadable;
        }
      }
    };
  }

  private Outcome withKey(Outcome outcome, KeyGeneration.Preparation.Ready ready) {
    return outcome instanceof Outcome.Issued(var certificate)
        ? new Outcome.KeyGenerated(keys.export(ready), certificate)
        : outcome;
  }

  private Outcome issue(IssuanceRequest request) {
    return switch (enrollment.enroll(request)) {
      case EnrollmentResult.Issued(var certificate, _) -> new Outcome.Issued(certificate);
      case EnrollmentResult.Refused(var refusal) -> refusals.outcome(refusal);
      case EnrollmentResult.Queued(_, var retryAfter) -> new Outcome.Queued(retryAfter);
      case EnrollmentResult.InProgress(var retryAfter) ->
          Outcome.Refused.later(503, "The same request is being answered right now.", retryAfter);
    };
  }
}
