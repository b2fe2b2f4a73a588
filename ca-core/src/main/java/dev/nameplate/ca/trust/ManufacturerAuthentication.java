package dev.nameplate.ca.trust;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.AuthenticationResult;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.EnrollmentRules;
import dev.nameplate.ca.profile.EnrollmentRules.IdevidName;
import dev.nameplate.ca.store.AnchorStore;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.TrustAnchor;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.CertificatePath;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.MalformedCertificateException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Says which device holds a manufacturer's certificate (IDevID, IEEE 802.1AR), by the trust
/// anchors that the label has now. Anchors are for first enrollment: what they vouch for renews
/// nothing, and what we issued never comes this way. May be used by many threads at once.
public final class ManufacturerAuthentication {

  private final AnchorStore anchors;
  private final IssuerStore issuers;
  private final Newcomers newcomers;
  private final AuditLog audit;
  private final InstantSource clock;

  public ManufacturerAuthentication(
      AnchorStore anchors,
      IssuerStore issuers,
      OwnerStore owners,
      AuditLog audit,
      InstantSource clock) {
    this.anchors = anchors;
    this.issuers = issuers;
    this.newcomers = new Newcomers(owners, clock);
    this.audit = audit;
    this.clock = clock;
  }

  /// Who holds this certificate, whose key the TLS handshake proved. Unknown is whoever no anchor
  /// of the label vouches for, with a reason that the client may be told.
  ///
  /// @param presented the leaf first, then the intermediate ones
  public AuthenticationResult identify(
      List<Der> presented, CertificateProfile profile, Origin origin) {
    var trusted = anchors.anchors(Optional.of(profile.name()));
    if (trusted.isEmpty()) {
      return unknown("the client certificate was not issued here, and the label trusts no other");
    }
    List<Certificate> chain;
    try {
      chain = parse(presented);
    } catch (MalformedCertificateException malformed) {
      return unknown("a presented certificate cannot be read: " + malformed.reason());
    }
    var certificates = trusted.stream().map(TrustAnchor::certificate).toList();
    return switch (CertificatePath.validate(chain, certificates, clock.instant())) {
      case CertificatePath.Result.NotTrusted(var why) -> unknown(why);
      case CertificatePath.Result.Trusted(_) when throughOurselves(chain) ->
          unknown("the chain runs through our own authority, which vouches for renewals only");
      case CertificatePath.Result.Trusted(var top) ->
          device(chain.getFirst(), anchor(trusted, top), profile, origin);
    };
  }

  private AuthenticationResult device(
      Certificate idevid, TrustAnchor anchor, CertificateProfile profile, Origin origin) {
    var rule = profile.enrollment().map(EnrollmentRules::idevid).orElse(IdevidName.SERIAL_NUMBER);
    var name =
        switch (rule) {
          case SERIAL_NUMBER -> idevid.subject().onlySerialNumber();
          case COMMON_NAME -> idevid.subject().onlyCommonName();
        };
    if (name.isEmpty()) {
      return unknown(
          "the IDevID's subject has not exactly one "
              + switch (rule) {
                case SERIAL_NUMBER -> "serialNumber attribute";
                case COMMON_NAME -> "common name";
              });
    }
    DeviceId id;
    try {
      id = new DeviceId(name.get());
    } catch (IllegalArgumentException unfit) {
      return unknown(
          "the IDevID names no device that could be one here: letters, digits, dots, dashes and"
              + " underscores, 64 at most");
    }
    var pattern = anchor.serials();
    if (pattern.isPresent() && !pattern.get().matches(id.value())) {
      return unknown(
          "the trust anchor vouches for " + pattern.get() + " only, and the device is " + id);
    }
    var credential = "idevid:" + idevid.sha256();
    return switch (newcomers.find(id, profile, credential)) {
      case Newcomers.Found.Device(var record) ->
          new AuthenticationResult.Known(
              new Requester.ByManufacturer(
                  record.owner(), record.epoch(), idevid, anchor.sha256()));
      case Newcomers.Found.Refused(var refusal) ->
          refused(id, profile, refusal, credential, origin);
    };
  }

  private AuthenticationResult refused(
      DeviceId id, CertificateProfile profile, Refusal refusal, String credential, Origin origin) {
    audit.append(
        new AuditEvent.Refused(
            id.owner(), profile.name(), refusal.reason(), refusal.detail(), credential, origin));
    return new AuthenticationResult.Refused(refusal);
  }

  /// A manufacturer that certified our authority does not make our certificates its IDevIDs.
  private boolean throughOurselves(List<Certificate> chain) {
    var ours = issuers.issuers().stream().map(record -> record.issuer().publicKey()).toList();
    return chain.stream().anyMatch(each -> ours.contains(each.publicKey()));
  }

  private static TrustAnchor anchor(List<TrustAnchor> all, Certificate certificate) {
    return all.stream()
        .filter(anchor -> anchor.certificate().equals(certificate))
        .findFirst()
        .orElseThrow();
  }

  private static List<Certificate> parse(List<Der> presented) throws MalformedCertificateException {
    var chain = new ArrayList<Certificate>();
    for (var der : presented) {
      chain.add(Certificate.parse(der.toByteArray()));
    }
    return chain;
  }

  private static AuthenticationResult unknown(String why) {
    return new AuthenticationResult.Unknown(why);
  }
}
