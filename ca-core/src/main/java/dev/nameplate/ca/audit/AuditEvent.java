package dev.nameplate.ca.audit;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.x509.KeyFingerprint;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.util.Optional;

/// Something that happened and is kept for ever. The components of each record, in their order, are
/// its payload; none of them may hold a secret. The time and the place in the chain are given by
/// the writer.
public sealed interface AuditEvent {

  /// Whom the event is about, if it is about one owner: then its first component is `owner`, by
  /// which [AuditVerifier] checks what the row says.
  default Optional<Owner> subject() {
    return Optional.empty();
  }

  /// Something that happened to one owner, or that one asked for.
  sealed interface OfOwner extends AuditEvent {

    /// The first component of its record.
    Owner owner();

    @Override
    default Optional<Owner> subject() {
      return Optional.of(owner());
    }
  }

  /// A process began to write; its chain hangs on the end of the one before.
  record ChainStarted(String node, String previousChain, long previousSequence, String previousHash)
      implements AuditEvent {}

  record OwnerRegistered(Owner owner, String label, String by) implements OfOwner {}

  record SecretIssued(Owner owner, String secretId, int uses, Instant expires, String by)
      implements OfOwner {}

  /// Bytes are about to be signed.
  record Issuing(
      Owner owner,
      int epoch,
      String label,
      String profileVersion,
      IssuerId issuer,
      SerialNumber serial,
      KeyFingerprint key,
      String credential,
      Origin origin)
      implements OfOwner {}

  record Issued(Owner owner, IssuerId issuer, SerialNumber serial, String certificateSha256)
      implements OfOwner {}

  /// A reservation that will never become a certificate; a signature may exist all the same.
  record Abandoned(Owner owner, IssuerId issuer, SerialNumber serial, String why)
      implements OfOwner {}

  record Refused(
      Owner owner,
      String label,
      Refusal.Reason reason,
      String detail,
      String credential,
      Origin origin)
      implements OfOwner {}

  /// A certificate was seen in use for the first time.
  record Confirmed(Owner owner, IssuerId issuer, SerialNumber serial) implements OfOwner {}

  /// The successor of a certificate is in use; the certificate itself is good until `at`, and is
  /// revoked as superseded then.
  record SupersessionDue(Owner owner, IssuerId issuer, SerialNumber serial, Instant at)
      implements OfOwner {}

  record Revoked(
      Owner owner, IssuerId issuer, SerialNumber serial, RevocationReason reason, String by)
      implements OfOwner {}

  /// What was revoked before, and stays revoked since then, is revoked for another reason.
  record ReasonChanged(
      Owner owner,
      IssuerId issuer,
      SerialNumber serial,
      RevocationReason from,
      RevocationReason to,
      String by)
      implements OfOwner {}

  /// A certificate that was on hold is good again.
  record Released(Owner owner, IssuerId issuer, SerialNumber serial, String by)
      implements OfOwner {}

  record Retired(
      Owner owner,
      int epoch,
      RevocationReason reason,
      int certificates,
      int reservations,
      int secrets,
      String by)
      implements OfOwner {}

  /// A first request waits for an operator.
  record RequestQueued(
      Owner owner,
      String id,
      String label,
      KeyFingerprint key,
      String csrSubject,
      String credential,
      Instant expires,
      Origin origin)
      implements OfOwner {}

  record RequestApproved(Owner owner, String id, Instant expires, String by) implements OfOwner {}

  record RequestDenied(Owner owner, String id, String reason, String by) implements OfOwner {}

  /// Nobody decided in time, or nobody collected in time.
  record RequestExpired(Owner owner, String id) implements OfOwner {}

  /// A request lost its place before its time was over.
  record RequestVoided(Owner owner, String id, String why) implements OfOwner {}

  /// A label trusts a manufacturer's authority for first enrollment.
  ///
  /// @param serials the pattern of the devices that it vouches for, or nothing for all of them
  record AnchorAdded(String label, String certificateSha256, String name, String serials, String by)
      implements AuditEvent {}

  record AnchorRemoved(String label, String certificateSha256, String by) implements AuditEvent {}

  /// A station enrolls devices for these labels, and for no others.
  record StationAssigned(Owner owner, String labels, String by) implements OfOwner {}

  record IssuerAdded(
      IssuerId issuer, String name, String role, String token, String keyId, String by)
      implements AuditEvent {}

  /// From now on the newest authority of its role, which signs what is asked of that role.
  record IssuerActivated(IssuerId issuer, String role, String by) implements AuditEvent {}

  record IssuerCertificateAdded(IssuerId issuer, SerialNumber serial, String certificateSha256)
      implements AuditEvent {}

  record OcspSignerAdded(IssuerId issuer, String node, SerialNumber serial, KeyFingerprint key)
      implements AuditEvent {}

  /// A key was made in a token.
  ///
  /// @param evidenceSha256 of the file with its evidence, or nothing if there is none
  /// @param exposed what the token let somebody do with it that lets it out: nothing, if all is
  ///   well
  record KeyMade(
      KeyFingerprint key,
      String token,
      String label,
      String keyId,
      String evidenceSha256,
      String exposed)
      implements AuditEvent {}

  record ProfileRecorded(String profile, String version) implements AuditEvent {}

  record CrlPublished(IssuerId issuer, CrlScope scope, long number, long entries, String crlSha256)
      implements AuditEvent {}

  /// A CRL that was made elsewhere, by an issuer whose key is not here.
  record CrlImported(
      IssuerId issuer, CrlScope scope, long number, long entries, String crlSha256, String by)
      implements AuditEvent {}

  /// Refusals of somebody who proved to be nobody, counted over one minute: the public cannot write
  /// through the writer.
  record UnauthenticatedRefusals(String what, Instant minute, long count) implements AuditEvent {}

  /// Somebody saw a certificate in use that was revoked, or whose owner was retired: so often in
  /// one minute.
  record RetiredSeen(Owner owner, String source, Instant minute, long count) implements OfOwner {}

  /// Somebody saw certificates in use that nobody here issued; or that were taken back, of more
  /// owners than are named in one minute.
  record StrangeSightings(String what, String source, Instant minute, long count)
      implements AuditEvent {}

  /// What a status node counted from a minute on: in that minute, or in more of them of which it
  /// told together; and what it lost of its counts before that.
  record NodeAlarm(String node, String what, Instant minute, long count) implements AuditEvent {}

  /// A device is on hold, with its certificates; what was being made for it is given up.
  ///
  /// @param until when that ends by itself, or nothing
  record Suspended(
      Owner owner,
      int epoch,
      String reason,
      String until,
      int certificates,
      int reservations,
      String by)
      implements OfOwner {}

  /// @param certificates how many are good again
  record Resumed(Owner owner, int epoch, int certificates, String why, String by)
      implements OfOwner {}

  /// It is proven that a device was taken back.
  ///
  /// @param evidence of the wipe, or why there is none
  record RetirementFinished(Owner owner, int epoch, String evidence, String by)
      implements OfOwner {}

  /// A registration was given up before a certificate was issued.
  record RegistrationCancelled(Owner owner, int epoch, int secrets, String why, String by)
      implements OfOwner {}

  /// A retired device was let back, once, under a new key.
  ///
  /// @param epoch the new one
  record Repurposed(Owner owner, int epoch, String label, String why, String by)
      implements OfOwner {}

  /// What was personal about a retired device was erased.
  ///
  /// @param payloads how many of the audit log went with it; their hashes stay
  record Purged(Owner owner, int epoch, int payloads, String by) implements OfOwner {}

  /// What is known of a device changed.
  ///
  /// @param changes before and after, by name only where it is about a person
  record AttributesChanged(Owner owner, String changes, String by) implements OfOwner {}

  /// An operator asked for a move that the state of the owner, or a rule, does not allow.
  record MoveRefused(Owner owner, String trigger, String state, String detail, String by)
      implements OfOwner {}

  /// A node has a new key and certificate to sign documents with: checkpoints, or receipts.
  record ServiceSignerAdded(
      String node, String purpose, IssuerId issuer, SerialNumber serial, KeyFingerprint key)
      implements AuditEvent {}

  /// A node found at its start that the database is older than what was exported of it.
  ///
  /// @param lostFrom the first checkpoint that the database should have and has not; 0 if none is
  ///   known
  record RestoreFound(String node, String why, long lostFrom, long lostTo) implements AuditEvent {}

  /// The revocations of a published CRL were taken over that the database had lost.
  ///
  /// @param revoked how many certificates were good here
  /// @param lost how many were not known here
  record RevocationsRecovered(
      IssuerId issuer, CrlScope scope, long number, long revoked, long lost, String crlSha256)
      implements AuditEvent {}

  /// A device in a database that was put back had a certificate that was revoked since, and is in
  /// no state in which it could be suspended: somebody has to know whether it was retired.
  ///
  /// @param crl the number of the list that says so
  record RestoredInDoubt(
      Owner owner, String state, SerialNumber serial, RevocationReason reason, long crl)
      implements OfOwner {}

  /// The database is the right one, although it is older: it goes on from here.
  record RestoreAccepted(String node, long lostFrom, long lostTo, String reason, String by)
      implements AuditEvent {}

  /// An administrator or a node asked for what they may not do, or may not see.
  ///
  /// @param asked as `POST /devices/pump-0017/retire`
  record AccessDenied(Owner owner, String asked, String why, String credential, Origin origin)
      implements OfOwner {}

  /// An administrator may do more from now on.
  ///
  /// @param scope where: `*` or `group=plant-4`
  record RoleGranted(Owner owner, String role, String scope, String by) implements OfOwner {}

  record RoleRevoked(Owner owner, String role, String scope, String by) implements OfOwner {}

  /// Somebody on the server's host is about to be made an administrator with all roles, without any
  /// other administrator.
  ///
  /// @param user of the operating system
  /// @param until when the certificate ends
  record GlassBroken(Owner owner, String reason, String user, Instant until) implements OfOwner {}

  /// What is to be retired was laid down.
  ///
  /// @param sha256 of the plan's canonical form
  /// @param approval whether somebody else has to approve it
  record PlanMade(
      String plan, String sha256, int devices, int certificates, boolean approval, String by)
      implements AuditEvent {}

  record PlanApproved(String plan, String sha256, String by) implements AuditEvent {}

  record PlanDenied(String plan, String sha256, String reason, String by) implements AuditEvent {}

  /// A plan was started, paused, resumed, cancelled, or came to its end.
  record PlanMoved(String plan, String from, String to, String by) implements AuditEvent {}

  /// Somebody wanted something of a plan that may not be.
  record PlanRefused(String plan, String act, String why, String by) implements AuditEvent {}

  /// A device that a plan names was not retired by it.
  record RetirementFailed(Owner owner, String plan, String why) implements OfOwner {}

  /// How a retired device was wiped, or why nobody has to show it.
  record WipeRecorded(Owner owner, int epoch, String what, String by) implements OfOwner {}

  /// Every certificate of a retired device was seen revoked where relying parties look.
  record RevocationSeen(Owner owner, int epoch, int certificates) implements OfOwner {}

  /// A device that was retired for it was handed over: what is known of it went into a signed
  /// package.
  ///
  /// @param to the new owner
  record DeviceTransferred(Owner owner, int epoch, String to, String packageSha256, String by)
      implements OfOwner {}

  /// A device that somebody else looked after before is registered here.
  ///
  /// @param from who signed the package
  /// @param keys how many it had there, none of which is ever certified here
  record DeviceReceived(
      Owner owner, String label, String from, String packageSha256, int keys, String by)
      implements OfOwner {}

  record ServerStarted(String node, String version) implements AuditEvent {}

  record ServerStopped(String node) implements AuditEvent {}
}
