package dev.nameplate.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nameplate.ca.audit.MalformedCheckpointException;
import dev.nameplate.ca.audit.SignedCheckpoint;
import dev.nameplate.ca.signing.Jws;
import dev.nameplate.ca.signing.MalformedJwsException;
import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.store.RevocationRules;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.CertificatePath;
import dev.nameplate.ca.x509.MalformedCertificateException;
import dev.nameplate.ca.x509.MalformedOcspException;
import dev.nameplate.ca.x509.OcspAnswer;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Whether a receipt is to be believed, found out with nothing but itself and root certificates:
/// that its signer was certified for that below such a root when it was made, and that each proof
/// in it is what it says.
final class ReceiptCheck {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /// What clocks may differ by.
  private static final Duration SKEW = Duration.ofMinutes(5);

  private static final int LONGEST_PATH = 5;

  /// @param faults why it is not to be believed; empty if it is
  record Verdict(
      String receipt,
      String device,
      String epoch,
      Instant madeAt,
      String decidedBy,
      int certificates,
      String signer,
      List<String> faults) {

    boolean isGood() {
      return faults.isEmpty();
    }
  }

  /// It is not a receipt, or not signed by whom it names.
  static final class NoReceiptException extends Exception {

    private static final long serialVersionUID = 1L;

    NoReceiptException(String why) {
      super(why);
    }
  }

  private final List<Certificate> roots;
  private final Jws jws;
  private final JsonNode payload;
  private final List<String> faults = new ArrayList<>();

  private ReceiptCheck(List<Certificate> roots, Jws jws, JsonNode payload) {
    this.roots = roots;
    this.jws = jws;
    this.payload = payload;
  }

  /// @throws NoReceiptException if it cannot be read, or its signature does not fit
  static Verdict check(String compact, List<Certificate> roots, Instant now)
      throws NoReceiptException {
    try {
      var jws = Jws.parse(compact);
      if (!jws.type().equals(dev.nameplate.ca.retirement.Receipts.TYPE)) {
        throw new NoReceiptException("a JWS of type " + jws.type() + " is no receipt");
      }
      var payload = JSON.readTree(jws.payload());
      if (!payload.path("v").asText().equals("1")) {
        throw new NoReceiptException("a receipt of a version that is not known here");
      }
      return new ReceiptCheck(roots, jws, payload).verdict(now);
    } catch (MalformedJwsException | JsonProcessingException malformed) {
      throw new NoReceiptException(String.valueOf(malformed.getMessage()));
    } catch (IllegalArgumentException | java.time.DateTimeException malformed) {
      throw new NoReceiptException("a value in it cannot be read: " + malformed.getMessage());
    }
  }

  private Verdict verdict(Instant now) {
    var madeAt = instant(payload, "made_at");
    require(!madeAt.isAfter(now.plus(SKEW)), "it says that it was made at " + madeAt + ": not yet");
    switch (CertificatePath.validateSigner(
        jws.chain(), roots, madeAt, SignerPurpose.RECEIPT.title())) {
      case CertificatePath.Result.Trusted _ -> {}
      case CertificatePath.Result.NotTrusted(var why) ->
          faults.add("its signer is not to be believed: " + why);
    }
    var device = payload.path("device");
    var id = device.path("id").asText();
    var epoch = device.path("epoch").asText();
    require(
        payload.path("receipt_id").asText().equals(id + "." + epoch) && !id.isEmpty(),
        "its id is not that of its device");
    checkDecision(payload.path("decided"), madeAt);
    checkCheckpoint(madeAt);
    var wipe = payload.path("wipe");
    require(
        wipe.has("method") != wipe.has("waiver"),
        "it has neither wipe evidence nor a waiver, or both");
    require(!payload.path("tombstones").isEmpty(), "it names nothing that is refused from now on");
    var authorities = authorities(madeAt);
    for (var certificate : payload.path("certificates")) {
      check(certificate, authorities, madeAt);
    }
    return new Verdict(
        payload.path("receipt_id").asText(),
        id,
        epoch,
        madeAt,
        payload.path("decided").path("by").asText(),
        payload.path("certificates").size(),
        jws.chain().getFirst().subject().toString(),
        List.copyOf(faults));
  }

  private void checkDecision(JsonNode decided, Instant madeAt) {
    var by = decided.path("by").asText();
    require(!by.isEmpty(), "nobody has decided it");
    for (var approver : decided.path("approved_by")) {
      require(!approver.asText().equalsIgnoreCase(by), by + " approved what he asked for himself");
    }
    require(
        !instant(decided, "at").isAfter(madeAt.plus(SKEW)), "it was made before the retirement");
  }

  /// The audit log, as it stood when all that the receipt tells of had been written into it.
  private void checkCheckpoint(Instant madeAt) {
    try {
      var signed = SignedCheckpoint.parse(payload.path("audit_checkpoint").asText());
      var at = signed.checkpoint().at();
      if (CertificatePath.validateSigner(signed.chain(), roots, at, SignerPurpose.AUDIT.title())
          instanceof CertificatePath.Result.NotTrusted(var why)) {
        faults.add("the signer of its checkpoint is not to be believed: " + why);
      }
      require(
          !at.isAfter(madeAt.plus(SKEW))
              && !at.plus(SKEW).isBefore(instant(payload.path("wipe"), "recorded_at"))
              && !at.plus(SKEW).isBefore(instant(payload.path("decided"), "at")),
          "its checkpoint, of " + at + ", is not of the time of the retirement");
    } catch (MalformedCheckpointException malformed) {
      faults.add("its checkpoint of the audit log cannot be read: " + malformed.getMessage());
    }
  }

  /// Those of the issuers, each below one of the roots.
  private List<Certificate> authorities(Instant madeAt) {
    var named = new ArrayList<Certificate>();
    for (var each : payload.path("authorities")) {
      try {
        named.add(Certificate.parse(Base64.getDecoder().decode(each.asText())));
      } catch (MalformedCertificateException malformed) {
        faults.add("an authority's certificate cannot be read: " + malformed.getMessage());
      }
    }
    var trusted = new ArrayList<>(roots);
    for (var each : named) {
      if (isBelowARoot(each, named, madeAt)) {
        trusted.add(each);
      } else {
        faults.add(each.subject() + " is not below a root that was given");
      }
    }
    return trusted;
  }

  private boolean isBelowARoot(Certificate authority, List<Certificate> named, Instant madeAt) {
    var at = authority;
    for (int depth = 0; depth < LONGEST_PATH; depth++) {
      if (!at.isAuthority() || !at.isValidAt(madeAt)) {
        return false;
      }
      var below = at;
      if (roots.stream().anyMatch(root -> certifies(root, below))) {
        return true;
      }
      var next =
          named.stream().filter(each -> !each.equals(below) && certifies(each, below)).findFirst();
      if (next.isEmpty()) {
        return false;
      }
      at = next.get();
    }
    return false;
  }

  private static boolean certifies(Certificate issuer, Certificate subject) {
    return issuer.subject().matches(subject.issuer()) && subject.isSignedBy(issuer.publicKey());
  }

  private void check(JsonNode certificate, List<Certificate> authorities, Instant madeAt) {
    var serial = SerialNumber.ofHex(certificate.path("serial").asText());
    var issuer =
        authorities.stream()
            .filter(each ->
                each.publicKey()
                    .fingerprint()
                    .hex()
                    .equals(certificate.path("issuer_key_sha256").asText()))
            .findFirst();
    if (issuer.isEmpty()) {
      faults.add("the issuer of serial " + serial + " is not known");
      return;
    }
    var ocsp = certificate.path("ocsp");
    ocspFault(certificate, serial, issuer.get(), madeAt)
        .ifPresent(why -> faults.add("serial " + serial + ": " + why));
    var crl = certificate.path("crl");
    require(
        crl.path("sha256").asText().length() == 64
            && crl.path("number").asText().matches("[0-9]+")
            && !instant(crl, "observed_at").isAfter(madeAt.plus(SKEW))
            && !ocsp.path("url").asText().isEmpty(),
        "serial " + serial + ": no CRL is named that it is on");
  }

  private static Optional<String> ocspFault(
      JsonNode certificate, SerialNumber serial, Certificate issuer, Instant madeAt) {
    var ocsp = certificate.path("ocsp");
    var observedAt = instant(ocsp, "observed_at");
    try {
      var answer = OcspAnswer.parse(Base64.getDecoder().decode(ocsp.path("response").asText()));
      var doubt = answer.whyNotFrom(issuer, observedAt);
      if (doubt.isPresent()) {
        return doubt;
      }
      var about = answer.about(issuer, serial);
      if (about.isEmpty()) {
        return Optional.of("the OCSP answer is about another certificate");
      }
      var single = about.get();
      if (single.status() != OcspAnswer.Status.REVOKED) {
        return Optional.of("the OCSP answer says " + single.status());
      }
      var shown = single.reason().orElseThrow();
      var kept = RevocationReason.of(certificate.path("reason").asText());
      if (!RevocationRules.proves(shown, kept)) {
        return Optional.of("OCSP says that it was revoked as " + shown + ", and not as " + kept);
      }
      if (single.thisUpdate().isAfter(observedAt.plus(SKEW))
          || single.nextUpdate().filter(end -> end.plus(SKEW).isBefore(observedAt)).isPresent()
          || observedAt.isAfter(madeAt.plus(SKEW))) {
        return Optional.of("the OCSP answer is not of the time at which it was seen");
      }
      var revokedAt = single.revokedAt().orElseThrow();
      return revokedAt.equals(instant(certificate, "revoked_at").truncatedTo(ChronoUnit.SECONDS))
          ? Optional.empty()
          : Optional.of("OCSP says that it was revoked at another time, " + revokedAt);
    } catch (MalformedOcspException malformed) {
      return Optional.of(String.valueOf(malformed.getMessage()));
    }
  }

  private void require(boolean holds, String fault) {
    if (!holds) {
      faults.add(fault);
    }
  }

  private static Instant instant(JsonNode from, String name) {
    return Instant.parse(from.path(name).asText());
  }
}
