package dev.nameplate.est;

import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.enrollment.EnrollmentResult;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.trust.RequestedRevocation;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.MalformedCsrException;
import dev.nameplate.est.PkiData.Wish;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/// Full PKI Requests of CMC (RFC 5272) over EST (RFC 7030 section 4.3): enrollment and revocation,
/// by a device for itself and by a station for devices. Only HTTP has this operation, RFC 9148 does
/// not define it.
///
/// Whoever asks is known by the client certificate, as everywhere in EST, and the message must be
/// signed with its key. A signed message alone would let in whoever got hold of an old one: nothing
/// in it says when or to whom it was sent.
final class FullPki {

  private final Absences absences = new Absences(LoggerFactory.getLogger(FullPki.class));
  private final EstSettings settings;
  private final Authenticator authenticator;
  private final Linking linking;
  private final Enrollment enrollment;
  private final RequestedRevocation revocation;
  private final Refusals refusals;

  FullPki(
      EstSettings settings,
      Authenticator authenticator,
      Linking linking,
      Enrollment enrollment,
      RequestedRevocation revocation,
      Refusals refusals) {
    this.settings = settings;
    this.authenticator = authenticator;
    this.linking = linking;
    this.enrollment = enrollment;
    this.revocation = revocation;
    this.refusals = refusals;
  }

  EstSettings settings() {
    return settings;
  }

  /// @param message a SignedData around PKIData
  /// @throws UnreadableBodyException if there is no message in it; nobody was asked who they are
  CmcAnswer answer(String label, Peer peer, Posted message) throws UnreadableBodyException {
    var profile = settings.profile(label);
    if (profile.isEmpty()) {
      return new CmcAnswer.Simple(Operations.NO_SUCH_LABEL);
    }
    return switch (authenticator.holder(peer)) {
      case Caller.Rejected(var outcome) ->
          said(outcome, 0, CmcFailInfo.BAD_IDENTITY, CmcConversation.NONE);
      case Caller.Known(Requester.ByCertificate asking) -> {
        try {
          yield answer(asking, profile.get(), message.der(), peer);
        } catch (UnreadableBodyException unreadable) {
          enrollment.malformed(asking, profile.get(), unreadable.reason(), peer.origin());
          throw unreadable;
        }
      }
      case Caller.Known(var other) -> throw new IllegalStateException("no holder: " + other);
    };
  }

  private CmcAnswer answer(
      Requester.ByCertificate asking, CertificateProfile profile, byte[] message, Peer peer) {
    var conversation = CmcConversation.NONE;
    try {
      var data = PkiData.parse(SignedPkiData.open(message, asking.presented()));
      conversation = data.conversation();
      return switch (data.wish()) {
        case Wish.Certify wish -> certify(wish, asking, profile, peer, conversation);
        case Wish.Revoke wish -> revoke(wish, asking, profile, peer.origin(), conversation);
      };
    } catch (CmcFailure failure) {
      refusals.outcome(enrollment.malformed(asking, profile, failure.detail(), peer.origin()));
      return failed(
          failure.status(), failure.part(), failure.info(), failure.sentence(), conversation);
    } catch (StoreException | SigningException away) {
      absences.say("A full CMC request", "the store or the signing key", away);
      return new CmcAnswer.Full(
          503,
          CmcResponse.failed(
              0,
              CmcFailInfo.TRY_LATER,
              "The server cannot answer now, please ask again.",
              conversation),
          Optional.of(settings.retryAfter()));
    }
  }

  private CmcAnswer certify(
      Wish.Certify wish,
      Requester.ByCertificate holder,
      CertificateProfile profile,
      Peer peer,
      CmcConversation conversation)
      throws CmcFailure {
    var part = wish.part();
    Csr csr;
    try {
      csr = Csr.parse(wish.pkcs10().toByteArray());
    } catch (MalformedCsrException malformed) {
      throw new CmcFailure(400, failInfo(malformed), part, malformed.reason());
    }
    return switch (authenticator.onBehalf(holder, csr, profile, Purpose.ENROLL, peer.origin())) {
      case Caller.Rejected(var outcome) ->
          said(outcome, part, CmcFailInfo.BAD_IDENTITY, conversation);
      case Caller.Known(var asking) ->
          switch (linking.verify(asking, csr, peer)) {
            case Linking.Finding.Throttled(var wait) ->
                said(Refusals.throttled(wait), part, CmcFailInfo.TRY_LATER, conversation);
            case Linking.Finding.Looked(var proven, var link) ->
                issue(
                    new IssuanceRequest(proven, csr, profile, Purpose.ENROLL, peer.origin(), link),
                    part,
                    conversation);
          };
    };
  }

  private CmcAnswer issue(IssuanceRequest request, long part, CmcConversation conversation) {
    return switch (enrollment.enroll(request)) {
      case EnrollmentResult.Issued(var certificate, _) -> issued(certificate, part, conversation);
      case EnrollmentResult.Refused(var refusal) -> refused(refusal, part, conversation);
      case EnrollmentResult.Queued(_, var wait) -> new CmcAnswer.Simple(new Outcome.Queued(wait));
      case EnrollmentResult.InProgress(var wait) ->
          new CmcAnswer.Full(
              503,
              CmcResponse.failed(
                  part,
                  CmcFailInfo.TRY_LATER,
                  "The same request is being answered right now.",
                  conversation),
              Optional.of(wait));
    };
  }

  /// RFC 5272 section 4.1: a Simple PKI Response says nothing but the certificate, so it will do
  /// only where nothing else was asked for.
  private static CmcAnswer issued(
      Certificate certificate, long part, CmcConversation conversation) {
    return conversation.isSilent()
        ? new CmcAnswer.Simple(new Outcome.Issued(certificate))
        : new CmcAnswer.Full(
            200,
            CmcResponse.success(part, "Issued.", Optional.of(certificate), conversation),
            Optional.empty());
  }

  private CmcAnswer revoke(
      Wish.Revoke wish,
      Requester.ByCertificate asking,
      CertificateProfile profile,
      Origin origin,
      CmcConversation conversation) {
    var part = wish.part();
    return switch (revocation.revoke(asking, profile, wish.wanted(), origin)) {
      case RequestedRevocation.Result.Revoked(var record) ->
          new CmcAnswer.Full(
              200,
              CmcResponse.success(
                  part, "Revoked: " + record.serial() + ".", Optional.empty(), conversation),
              Optional.empty());
      case RequestedRevocation.Result.Otherwise(var record) ->
          failed(
              409,
              part,
              CmcFailInfo.BAD_REQUEST,
              "Refused: "
                  + record.serial()
                  + " was revoked before for another reason ("
                  + record.revocation().orElseThrow().reason()
                  + "), which stays.",
              conversation);
      case RequestedRevocation.Result.NotFound() ->
          failed(
              403,
              part,
              CmcFailInfo.BAD_CERT_ID,
              "Refused: no certificate with serial "
                  + wish.wanted().serial()
                  + " was issued by this issuer under this label.",
              conversation);
      case RequestedRevocation.Result.Refused(var refusal) -> refused(refusal, part, conversation);
    };
  }

  private CmcAnswer refused(Refusal refusal, long part, CmcConversation conversation) {
    var info = Refusals.failInfo(refusal.reason());
    return said(refusals.outcome(refusal), part, info, conversation);
  }

  /// What others decided, who do not know of CMC.
  private static CmcAnswer said(
      Outcome outcome, long part, CmcFailInfo info, CmcConversation conversation) {
    return outcome instanceof Outcome.Refused(var status, var sentence, var retryAfter)
        ? new CmcAnswer.Full(
            status, CmcResponse.failed(part, info, sentence, conversation), retryAfter)
        : new CmcAnswer.Simple(outcome);
  }

  private static CmcAnswer failed(
      int status, long part, CmcFailInfo info, String sentence, CmcConversation conversation) {
    return new CmcAnswer.Full(
        status, CmcResponse.failed(part, info, sentence, conversation), Optional.empty());
  }

  private static CmcFailInfo failInfo(MalformedCsrException malformed) {
    return switch (malformed.fault()) {
      case STRUCTURE -> CmcFailInfo.BAD_REQUEST;
      case ALGORITHM -> CmcFailInfo.BAD_ALG;
      case POSSESSION -> CmcFailInfo.POP_FAILED;
    };
  }
}
