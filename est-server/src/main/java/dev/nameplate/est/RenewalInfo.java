package dev.nameplate.est;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.RotationPolicy;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/// Says when a certificate should be renewed (draft-ietf-lamps-est-renewal-info, after RFC 9773).
/// One answer costs three look-ups by key. May be used by many threads at once.
///
/// The policy says from which part of its life on a certificate should be renewed. Of what is left
/// then, the first half is for renewing, and the second half for trying again. The windows of all
/// certificates are spread evenly over that first half, each an eighth of it wide: a fleet that was
/// enrolled in one hour is not renewed in one hour. Where a certificate's window lies follows from
/// its hash, so that it stays where it is, whoever asks and however often.
public final class RenewalInfo {

  /// What is said of one certificate.
  public sealed interface Answer {

    /// @param retryAfter when to ask again, for the window may move
    record Window(Instant start, Instant end, Duration retryAfter) implements Answer {}

    /// No certificate of ours.
    record Unknown() implements Answer {}

    /// Not the name of a certificate.
    record Malformed(String why) implements Answer {}
  }

  // a key identifier of at most 64 octets, a serial of at most 20
  private static final Pattern NAME =
      Pattern.compile("([A-Za-z0-9_-]{2,86})\\.([A-Za-z0-9_-]{2,27})");
  private static final int WINDOWS = 8;
  private static final double LATEST_START = 0.9;
  private static final Duration LONG_AGO = Duration.ofHours(1);
  private static final Duration RARELY = Duration.ofHours(6);
  private static final Duration OFTEN = Duration.ofMinutes(1);
  private static final RotationPolicy USUAL =
      new RotationPolicy(2.0 / 3, true, true, Supersede.AT_EXPIRY);

  private final CertificateStore certificates;
  private final Function<String, Optional<Authority>> authorities;
  private final Function<String, Optional<CertificateProfile>> profiles;

  /// @param authorities finds an authority by its subject key identifier in hex, without asking a
  ///   store
  /// @param profiles finds a profile by its name
  public RenewalInfo(
      CertificateStore certificates,
      Function<String, Optional<Authority>> authorities,
      Function<String, Optional<CertificateProfile>> profiles) {
    this.certificates = certificates;
    this.authorities = authorities;
    this.profiles = profiles;
  }

  /// @param name the keyIdentifier of the authority key identifier and the serial as it is encoded
  ///   (without tag and length), each in base64url without padding, with a dot between
  public Answer of(String name) {
    var parts = NAME.matcher(name);
    if (!parts.matches()) {
      return new Answer.Malformed("it is not two parts in base64url with a dot between");
    }
    String keyIdentifier;
    SerialNumber serial;
    try {
      keyIdentifier = HexFormat.of().formatHex(Base64.getUrlDecoder().decode(parts.group(1)));
      serial = new SerialNumber(new BigInteger(Base64.getUrlDecoder().decode(parts.group(2))));
    } catch (IllegalArgumentException notOne) {
      return new Answer.Malformed("its parts are not a key identifier and a serial in base64url");
    }
    var authority = authorities.apply(keyIdentifier);
    if (authority.isEmpty()) {
      return new Answer.Unknown();
    }
    var record = certificates.find(authority.get().id(), serial);
    if (record.isEmpty() || record.get().certificate().isEmpty()) {
      return new Answer.Unknown();
    }
    return window(authority.get(), record.get(), record.get().certificate().get());
  }

  private Answer window(Authority authority, CertificateRecord record, Certificate certificate) {
    var life = Duration.between(record.notBefore(), record.notAfter());
    var retryAfter = max(OFTEN, min(RARELY, life.dividedBy(20)));
    // what is on hold may be released: nobody should hurry to be refused
    var ended =
        Optional.of(record)
            .filter(CertificateRecord::isEnded)
            .or(() ->
                authority
                    .certificate()
                    .flatMap(own -> certificates.findByFingerprint(own.sha256()))
                    .filter(CertificateRecord::isEnded))
            .flatMap(CertificateRecord::revocation);
    if (ended.isPresent()) {
      // in the past: renew now
      var end = ended.get().at().truncatedTo(ChronoUnit.SECONDS);
      return new Answer.Window(end.minus(LONG_AGO), end, retryAfter);
    }
    var rotation = profiles.apply(record.label()).map(CertificateProfile::rotation).orElse(USUAL);
    // where the policy leaves no time it may at least be early, if that is answered
    var part =
        rotation.earlyRenewal()
            ? Math.min(rotation.windowStart(), LATEST_START)
            : rotation.windowStart();
    long before = (long) Math.ceil(life.toSeconds() * part);
    long usable = (life.toSeconds() - before) / 2;
    long width = Math.max(1, usable / WINDOWS);
    long offset = (long) (place(certificate) * Math.max(0, usable - width));
    var start = record.notBefore().plusSeconds(before + offset);
    return new Answer.Window(start, start.plusSeconds(width), retryAfter);
  }

  /// Evenly distributed over 0 to 1, and always the same for the same certificate.
  private static double place(Certificate certificate) {
    long bits = ByteBuffer.wrap(HexFormat.of().parseHex(certificate.sha256())).getLong();
    return (bits >>> 11) * 0x1.0p-53;
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static Duration max(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }
}
