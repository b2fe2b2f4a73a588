package dev.nameplate.ocsp;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.StatusSource;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.SerialNumber;
import io.micrometer.core.instrument.MeterRegistry;
import java.math.BigInteger;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers OCSP requests: `good` only for what this authority issued, `unknown` with an alarm for
/// what it never did, and no answer at all when it cannot be sure. May be called from many threads
/// at once; a call reads the store and signs, so it may block.
public final class OcspResponder {

  private static final Logger LOG = LoggerFactory.getLogger(OcspResponder.class);

  private final StatusSource statuses;
  private final Supplier<OcspSigners> signers;
  private final NeverIssuedAlarm alarm;
  private final OcspSettings settings;
  private final InstantSource clock;
  private final OcspMetrics metrics;
  private final Throttle neverIssuedWarnings;
  private final Throttle tryLaterWarnings;
  private final Throttle errorWarnings;

  /// @param signers asked once for each request; another set takes effect with the next one
  public OcspResponder(
      StatusSource statuses,
      Supplier<OcspSigners> signers,
      NeverIssuedAlarm alarm,
      OcspSettings settings,
      InstantSource clock,
      MeterRegistry registry) {
    this.statuses = statuses;
    this.signers = signers;
    this.alarm = alarm;
    this.settings = settings;
    this.clock = clock;
    this.metrics = new OcspMetrics(registry);
    this.neverIssuedWarnings = new Throttle(clock);
    this.tryLaterWarnings = new Throttle(clock);
    this.errorWarnings = new Throttle(clock);
  }

  /// Answers a request in DER; never throws.
  OcspAnswer answer(byte[] encoded) {
    return metrics.time(() -> decideOrSorry(encoded));
  }

  private OcspAnswer decideOrSorry(byte[] encoded) {
    try {
      return decide(encoded);
    } catch (RuntimeException ours) {
      errorWarnings
          .pass()
          .ifPresent(more ->
              LOG.error(
                  "an OCSP request was not answered ({} more since the last time)", more, ours));
      return error(OcspError.INTERNAL_ERROR);
    }
  }

  private OcspAnswer decide(byte[] encoded) {
    OcspRequest request;
    try {
      request = OcspRequest.parse(encoded, settings.mostCertIds());
    } catch (MalformedOcspRequestException malformed) {
      LOG.debug("malformed OCSP request: {}", malformed.getMessage());
      return error(OcspError.MALFORMED_REQUEST);
    }
    request.certIds().forEach(certId -> metrics.askedWith(certId.issuer()));

    var known = signers.get();
    var issuer = known.issuerOf(request);
    if (issuer.isEmpty()) {
      return error(OcspError.UNAUTHORIZED);
    }
    // the time before the statuses: an answer is never newer than what it says
    var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    try {
      var signer = signer(known, issuer.get(), now);
      var singles = singles(request, issuer.get());
      return sign(signer, request, singles, now);
    } catch (StoreException | SigningException away) {
      tryLaterWarnings
          .pass()
          .ifPresent(more ->
              LOG.warn("OCSP answers tryLater ({} more since the last warning)", more, away));
      return error(OcspError.TRY_LATER);
    }
  }

  /// The signer for this answer: valid now, and itself good.
  private OcspSigner signer(OcspSigners known, IssuerId issuer, Instant now) {
    var signer =
        known
            .validAt(now, issuer)
            .orElseThrow(() ->
                new SigningException("no OCSP signer of issuer " + issuer + " is valid at " + now));
    if (!(statuses.status(issuer, signer.certificate().serial())
        instanceof CertificateStatus.Good)) {
      throw new SigningException("the OCSP signer " + signer.certificate() + " is revoked");
    }
    return signer;
  }

  private List<OcspReply.Single> singles(OcspRequest request, IssuerId issuer) {
    var singles = new ArrayList<OcspReply.Single>();
    for (var certId : request.certIds()) {
      singles.add(new OcspReply.Single(certId, status(issuer, certId.serial())));
    }
    return singles;
  }

  private CertificateStatus status(IssuerId issuer, BigInteger serial) {
    // a number that cannot be a serial of ours is one that we never issued
    var status =
        serial.signum() > 0 && serial.bitLength() < 160
            ? statuses.status(issuer, new SerialNumber(serial))
            : new CertificateStatus.NeverIssued();
    if (status instanceof CertificateStatus.NeverIssued) {
      raiseAlarm(issuer, serial);
    }
    return status;
  }

  private void raiseAlarm(IssuerId issuer, BigInteger serial) {
    metrics.neverIssued();
    alarm.neverIssued(issuer, serial);
    neverIssuedWarnings
        .pass()
        .ifPresent(more ->
            LOG.warn(
                "OCSP was asked for serial {}, which issuer {} never used: is there a forged"
                    + " certificate? ({} more since the last warning)",
                shown(serial),
                issuer,
                more));
  }

  private OcspAnswer sign(
      OcspSigner signer, OcspRequest request, List<OcspReply.Single> singles, Instant now) {
    var nextUpdate = earlier(now.plus(settings.validity()), signer.certificate().notAfter());
    var der = OcspReply.signed(signer, singles, request.nonce(), now, nextUpdate);
    singles.forEach(single -> metrics.answered(single.status()));
    boolean known =
        singles.stream()
            .allMatch(single ->
                switch (single.status()) {
                  case CertificateStatus.Good _, CertificateStatus.Revoked _ -> true;
                  case CertificateStatus.Reserved _, CertificateStatus.NeverIssued _ -> false;
                });
    return new OcspAnswer.Signed(der, now, nextUpdate, known && request.nonce().isEmpty());
  }

  private OcspAnswer error(OcspError error) {
    metrics.answered(error);
    return new OcspAnswer.Unsigned(OcspReply.error(error), error);
  }

  private static String shown(BigInteger serial) {
    var hex = serial.toString(16);
    return hex.length() <= 40 ? hex : hex.substring(0, 40) + "…";
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
