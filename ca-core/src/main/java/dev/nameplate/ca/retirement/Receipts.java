package dev.nameplate.ca.retirement;

import dev.nameplate.ca.audit.SignedCheckpoint;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.signing.CanonicalJson;
import dev.nameplate.ca.signing.CertifiedKey;
import dev.nameplate.ca.signing.Jws;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.FinishOutcome;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.PlanItem;
import dev.nameplate.ca.store.RetirementPlan;
import dev.nameplate.ca.store.RetirementRules;
import dev.nameplate.ca.store.RetirementStore;
import dev.nameplate.ca.store.SeenRevoked;
import dev.nameplate.ca.store.StoredReceipt;
import dev.nameplate.ca.store.WipeRecord;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/// Finishes retirements: once a device's certificates were seen revoked, and somebody answered for
/// what was on it, a receipt says so, signed, with the proofs in it; it can be checked with nothing
/// but the root certificate.
public final class Receipts {

  /// The `typ` of a receipt's JWS.
  public static final String TYPE = "nameplate-receipt+json";

  private static final int LONGEST_PATH = 5;

  private final OwnerStore owners;
  private final CertificateStore certificates;
  private final IssuerStore issuers;
  private final RetirementStore retirements;
  private final Function<Instant, SignedCheckpoint> checkpoints;
  private final Supplier<CertifiedKey> signer;
  private final InstantSource clock;

  /// @param checkpoints a checkpoint of the audit log that was made at that moment or later
  /// @param signer what signs receipts now
  public Receipts(
      OwnerStore owners,
      CertificateStore certificates,
      IssuerStore issuers,
      RetirementStore retirements,
      Function<Instant, SignedCheckpoint> checkpoints,
      Supplier<CertifiedKey> signer,
      InstantSource clock) {
    this.owners = owners;
    this.certificates = certificates;
    this.issuers = issuers;
    this.retirements = retirements;
    this.checkpoints = checkpoints;
    this.signer = signer;
    this.clock = clock;
  }

  /// Signs a receipt, and keeps it in the transaction that finishes the retirement. A crash in
  /// between leaves the retirement as it was, and a signature that nobody has.
  ///
  /// @throws SigningException if the key is away; nothing has changed
  public FinishOutcome finish(Owner device, int epoch, String by) {
    return finish(device, epoch, clock.instant(), by);
  }

  /// The same for one of many, which may all cite one checkpoint.
  ///
  /// @param since everything that the receipt tells of was recorded by then, but for wipe evidence
  public FinishOutcome finish(Owner device, int epoch, Instant since, String by) {
    var known = owners.find(device);
    if (known.isEmpty()) {
      return new FinishOutcome.Refused("there is no " + device);
    }
    var before = retirements.receipt(device, epoch);
    if (before.isPresent()) {
      return new FinishOutcome.Already(before.get());
    }
    var item = retirements.retirement(device, epoch);
    var wipe = retirements.wipe(device, epoch);
    var refusal = RetirementRules.whyNotFinish(known.get(), epoch, item, wipe);
    if (refusal.isPresent()) {
      return new FinishOutcome.Refused(refusal.get());
    }
    var now = clock.instant();
    var wiped = wipe.orElseThrow().recordedAt();
    var checkpoint = checkpoints.apply(wiped.isAfter(since) ? wiped : since);
    var payload = payload(known.get(), item.orElseThrow(), wipe.orElseThrow(), now, by);
    payload.put("audit_checkpoint", checkpoint.jws());
    var jws = Jws.sign(signer.get(), TYPE, CanonicalJson.of(payload));
    return retirements.finish(
        new StoredReceipt(device, epoch, now, jws.compact()), wipe.orElseThrow(), by, now);
  }

  private Map<String, Object> payload(
      OwnerRecord device, PlanItem item, WipeRecord wipe, Instant now, String by) {
    var plan = retirements.find(item.plan()).orElseThrow();
    var seen = retirements.seen(device.owner(), item.device().epoch());
    var payload = new TreeMap<String, Object>();
    payload.put("v", "1");
    payload.put("receipt_id", StoredReceipt.id(device.owner(), item.device().epoch()));
    payload.put("made_at", now.toString());
    payload.put("made_by", by);
    payload.put("device", device(device, item));
    payload.put("decided", decided(plan, item));
    payload.put("certificates", seen.stream().map(this::certificate).toList());
    payload.put("authorities", authorities(seen));
    payload.put(
        "tombstones",
        retirements.tombstones(device.owner()).stream()
            .map(each -> Map.of("kind", each.kind(), "value_sha256", each.sha256()))
            .toList());
    payload.put("wipe", wipe(wipe));
    return payload;
  }

  private static Map<String, String> device(OwnerRecord device, PlanItem item) {
    var members = new TreeMap<String, String>();
    members.put("id", device.owner().id());
    members.put("epoch", Integer.toString(item.device().epoch()));
    members.put("profile", device.label());
    var known = device.attributes();
    known.hardwareSerial().ifPresent(serial -> members.put("hardware_serial", serial));
    known.model().ifPresent(model -> members.put("model", model));
    known.lot().ifPresent(lot -> members.put("lot", lot));
    known.owner().ifPresent(owner -> members.put("owner", owner));
    return members;
  }

  private static Map<String, Object> decided(RetirementPlan plan, PlanItem item) {
    var result = item.result().orElseThrow();
    var members = new TreeMap<String, Object>();
    members.put("by", plan.requester());
    members.put("asked_at", plan.madeAt().toString());
    members.put("approved_by", plan.decision().stream().map(RetirementPlan.Decision::by).toList());
    plan.decision().ifPresent(how -> members.put("approved_at", how.at().toString()));
    plan.startedBy().ifPresent(who -> members.put("started_by", who));
    members.put("plan_id", plan.id().value());
    members.put("plan_sha256", plan.sha256());
    members.put("at", result.at().toString());
    members.put("reason", plan.reason().rfcName());
    members.put("note", plan.note());
    members.put("not_in_plan", result.unplanned());
    return members;
  }

  private Map<String, Object> certificate(SeenRevoked seen) {
    var members = new TreeMap<String, Object>();
    members.put("issuer_key_sha256", seen.issuer().hex());
    members.put("serial", seen.serial().hex());
    certificates.find(seen.issuer(), seen.serial()).ifPresent(record -> describe(record, members));
    members.put(
        "ocsp",
        Map.of(
            "url",
            seen.ocsp().url().toString(),
            "observed_at",
            seen.ocsp().at().toString(),
            "response",
            base64(seen.ocsp().response())));
    members.put(
        "crl",
        Map.of(
            "url",
            seen.crl().url().toString(),
            "observed_at",
            seen.crl().at().toString(),
            "number",
            seen.crl().number().toString(),
            "sha256",
            seen.crl().sha256()));
    return members;
  }

  private static void describe(CertificateRecord record, Map<String, Object> members) {
    members.put("key_sha256", record.key().hex());
    members.put("epoch", Integer.toString(record.epoch()));
    members.put("label", record.label());
    members.put("not_after", record.notAfter().toString());
    record.certificate().ifPresent(issued -> members.put("sha256", issued.sha256()));
    record
        .revocation()
        .ifPresent(why -> {
          members.put("revoked_at", why.at().toString());
          members.put("reason", why.reason().rfcName());
        });
  }

  /// The certificates of the issuers, and of theirs, up to the root but without it: what it takes
  /// to check the OCSP answers offline.
  private List<String> authorities(List<SeenRevoked> seen) {
    var known = new LinkedHashMap<IssuerId, IssuerRecord>();
    issuers.issuers().forEach(record -> known.put(record.issuer().id(), record));
    var needed = new LinkedHashSet<Certificate>();
    for (var each : seen) {
      var next = Optional.ofNullable(known.get(each.issuer())).flatMap(IssuerRecord::certificate);
      for (int depth = 0; next.isPresent() && depth < LONGEST_PATH; depth++) {
        var authority = next.get();
        var above = above(authority, known);
        if (above.isEmpty()) {
          break;
        }
        needed.add(authority);
        next = above.flatMap(IssuerRecord::certificate);
      }
    }
    return needed.stream().map(authority -> base64(authority.der())).toList();
  }

  /// Who certified it, unless it did so itself.
  private static Optional<IssuerRecord> above(
      Certificate authority, Map<IssuerId, IssuerRecord> known) {
    return known.values().stream()
        .filter(record -> record.issuer().name().equals(authority.issuer()))
        .filter(record -> authority.isSignedBy(record.issuer().publicKey()))
        .filter(record -> !record.issuer().publicKey().equals(authority.publicKey()))
        .findFirst();
  }

  private static Map<String, String> wipe(WipeRecord wipe) {
    var members = new TreeMap<>(wipe.evidence().members());
    members.put("recorded_by", wipe.by());
    members.put("recorded_at", wipe.recordedAt().toString());
    return members;
  }

  private static String base64(Der der) {
    return Base64.getEncoder().encodeToString(der.toByteArray());
  }
}
