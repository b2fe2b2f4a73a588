package dev.nameplate.ca.revocation;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.MalformedCrlException;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Object;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1UTCTime;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERGeneralizedTime;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTCTime;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;

/// Makes one version 2 CRL (RFC 5280 section 5): complete, unless told otherwise. Entries are
/// encoded as they come, about 49 bytes for each; of the whole there are at most two copies in
/// memory, and one when it is done. Not thread-safe; make one for each CRL.
final class CrlBuilder {

  private static final int LAST_YEAR_OF_UTC_TIME = 2049;
  private static final DateTimeFormatter UTC_TIME = format("yyMMddHHmmss'Z'");
  private static final DateTimeFormatter GENERALIZED_TIME = format("uuuuMMddHHmmss'Z'");

  private final Authority authority;
  private final long number;
  private final Instant thisUpdate;
  private final Instant nextUpdate;
  private final Pieces entries = new Pieces();
  private List<URI> names = List.of();
  private Optional<URI> freshest = Optional.empty();
  private Optional<BigInteger> base = Optional.empty();
  private Optional<SerialNumber> last = Optional.empty();
  private long count;

  // entries that follow each other were often revoked in the same second
  private Instant lastTime = Instant.MIN;
  private byte[] lastTimeEncoded = {};

  /// @throws IllegalArgumentException if the authority has no certificate with a subject key
  ///   identifier: relying parties could not tell whose CRL it is
  CrlBuilder(Authority authority, long number, Instant thisUpdate, Instant nextUpdate) {
    this.authority = authority;
    this.number = number;
    this.thisUpdate = thisUpdate.truncatedTo(ChronoUnit.SECONDS);
    this.nextUpdate = nextUpdate.truncatedTo(ChronoUnit.SECONDS);
    keyIdentifier(authority);
  }

  /// It is only about certificates of end entities that name one of these URLs (RFC 5280 section
  /// 5.2.5).
  CrlBuilder distributedAt(List<URI> urls) {
    names = List.copyOf(urls);
    return this;
  }

  /// Says where deltas to it are (RFC 5280 section 5.2.6).
  CrlBuilder withDeltasAt(URI url) {
    freshest = Optional.of(url);
    return this;
  }

  /// It is a delta to every complete CRL from this number on (RFC 5280 section 5.2.4).
  CrlBuilder addingTo(long baseNumber) {
    base = Optional.of(BigInteger.valueOf(baseNumber));
    return this;
  }

  /// Adds the next entry; they come in order of serial, each one once.
  CrlBuilder add(RevokedEntry entry) {
    var revocation = entry.revocation();
    var extensions =
        revocation.invalidityDate().isPresent()
            ? encoded(extensions(revocation.reason(), revocation.invalidityDate().get()))
            : reason(revocation.reason().code());
    return add(entry.serial(), revocation.at(), extensions);
  }

  /// Adds the next entry as it is on another list.
  CrlBuilder addCopy(Crl.Entry entry) {
    return add(
        new RevokedEntry(
            entry.serial(),
            new RevocationRecord(
                entry.at(), RevocationReason.of(entry.reason()), entry.invalidityDate())));
  }

  /// Adds to a delta that this one is not revoked any more, or has expired.
  CrlBuilder addRemoved(SerialNumber serial, Instant revokedAt) {
    if (base.isEmpty()) {
      throw new IllegalStateException("only a delta says removeFromCRL");
    }
    return add(serial, revokedAt, reason(Crl.Entry.REMOVE_FROM_CRL));
  }

  private CrlBuilder add(SerialNumber serial, Instant at, byte[] extensions) {
    if (last.filter(before -> before.compareTo(serial) >= 0).isPresent()) {
      throw new IllegalStateException(
          "CRL entries out of order: " + serial + " after " + last.get());
    }
    byte[] integer = serial.value().toByteArray();
    byte[] time = encodedTime(at.truncatedTo(ChronoUnit.SECONDS));
    entries.add(header(0x30, 2 + integer.length + time.length + extensions.length));
    entries.add(new byte[] {0x02, (byte) integer.length});
    entries.add(integer);
    entries.add(time);
    entries.add(extensions);
    last = Optional.of(serial);
    count++;
    return this;
  }

  long count() {
    return count;
  }

  /// Signs what was added, and reads the result as a relying party would. To be called once.
  ///
  /// @throws SigningException if the key is away, or what came back is not its signature: the CRL
  ///   then does not leave
  Crl sign() {
    byte[] tbs = tbs();
    byte[] algorithm = encoded(authority.key().algorithm().identifier());
    byte[] signature = encoded(new DERBitString(authority.key().sign(tbs)));
    int length = tbs.length + algorithm.length + signature.length;
    byte[] header = header(0x30, length);
    return sound(
        Der.joined(header.length + length, List.of(header, tbs, algorithm, signature).iterator()));
  }

  private byte[] tbs() {
    var before = new ByteArrayOutputStream();
    before.writeBytes(encoded(new ASN1Integer(1)));
    before.writeBytes(encoded(authority.key().algorithm().identifier()));
    before.writeBytes(authority.issuer().name().der().toByteArray());
    before.writeBytes(encoded(time(thisUpdate)));
    before.writeBytes(encoded(time(nextUpdate)));
    // RFC 5280 section 5.1.2.6: absent, not empty
    if (count > 0) {
      before.writeBytes(header(0x30, entries.length()));
    }
    byte[] after = encoded(new DERTaggedObject(true, 0, extensions()));
    return entries.surrounded(
        header(0x30, before.size() + entries.length() + after.length), before.toByteArray(), after);
  }

  private Extensions extensions() {
    var all = new ArrayList<Extension>();
    all.add(
        extension(
            Extension.authorityKeyIdentifier,
            false,
            new AuthorityKeyIdentifier(keyIdentifier(authority))));
    all.add(extension(Extension.cRLNumber, false, new CRLNumber(BigInteger.valueOf(number))));
    base.ifPresent(of -> all.add(extension(Extension.deltaCRLIndicator, true, new CRLNumber(of))));
    if (!names.isEmpty()) {
      all.add(
          extension(
              Extension.issuingDistributionPoint,
              true,
              new IssuingDistributionPoint(fullName(names), true, false, null, false, false)));
    }
    freshest.ifPresent(url ->
        all.add(
            extension(
                Extension.freshestCRL,
                false,
                new CRLDistPoint(
                    new DistributionPoint[] {
                      new DistributionPoint(fullName(List.of(url)), null, null)
                    }))));
    return new Extensions(all.toArray(Extension[]::new));
  }

  private static DistributionPointName fullName(List<URI> urls) {
    return new DistributionPointName(
        new GeneralNames(
            urls.stream()
                .map(url -> new GeneralName(GeneralName.uniformResourceIdentifier, url.toString()))
                .toArray(GeneralName[]::new)));
  }

  private Crl sound(Der encoded) {
    var name = authority.issuer().name();
    try {
      var crl = Crl.parse(encoded);
      if (!crl.isSignedBy(authority.issuer().publicKey())) {
        throw new SigningException("the signature on CRL " + number + " of " + name + " is wrong");
      }
      return crl;
    } catch (MalformedCrlException ours) {
      throw new SigningException("CRL " + number + " of " + name + " cannot be read", ours);
    }
  }

  private static byte[] keyIdentifier(Authority authority) {
    return authority
        .certificate()
        .flatMap(certificate -> certificate.subjectKeyIdentifier())
        .map(HexFormat.of()::parseHex)
        .orElseThrow(() ->
            new IllegalArgumentException(
                authority.issuer().name()
                    + " has no certificate with a subject key identifier yet"));
  }

  /// The entry extensions that give this reason; nothing for unspecified, which is said by saying
  /// nothing (RFC 5280 section 5.3.1). By hand: there may be a million.
  private static byte[] reason(int code) {
    return code == RevocationReason.UNSPECIFIED.code()
        ? new byte[0]
        : new byte[] {
          0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01, (byte) code
        };
  }

  private static DERSequence extensions(RevocationReason reason, Instant invalidityDate) {
    var extensions = new ASN1EncodableVector();
    if (reason != RevocationReason.UNSPECIFIED) {
      extensions.add(extension(Extension.reasonCode, false, CRLReason.lookup(reason.code())));
    }
    extensions.add(extension(Extension.invalidityDate, false, generalizedTime(invalidityDate)));
    return new DERSequence(extensions);
  }

  private static Extension extension(
      ASN1ObjectIdentifier oid, boolean critical, ASN1Encodable value) {
    try {
      return Extension.create(oid, critical, value);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private byte[] encodedTime(Instant second) {
    if (!second.equals(lastTime)) {
      lastTime = second;
      lastTimeEncoded = encoded(time(second));
    }
    return lastTimeEncoded;
  }

  /// UTCTime through the year 2049, GeneralizedTime from then on.
  private static ASN1Object time(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC).getYear() <= LAST_YEAR_OF_UTC_TIME
        ? utcTime(instant)
        : generalizedTime(instant);
  }

  private static ASN1UTCTime utcTime(Instant instant) {
    return new DERUTCTime(UTC_TIME.format(instant));
  }

  private static ASN1GeneralizedTime generalizedTime(Instant instant) {
    return new DERGeneralizedTime(GENERALIZED_TIME.format(instant));
  }

  private static DateTimeFormatter format(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ROOT).withZone(ZoneOffset.UTC);
  }

  private static byte[] encoded(ASN1Object value) {
    try {
      return value.getEncoded(ASN1Encoding.DER);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /// Tag and length of a value.
  private static byte[] header(int tag, int length) {
    if (length < 0x80) {
      return new byte[] {(byte) tag, (byte) length};
    }
    int octets = (32 - Integer.numberOfLeadingZeros(length) + 7) / 8;
    byte[] header = new byte[2 + octets];
    header[0] = (byte) tag;
    header[1] = (byte) (0x80 | octets);
    for (int i = 0; i < octets; i++) {
      header[2 + i] = (byte) (length >>> (8 * (octets - 1 - i)));
    }
    return header;
  }
}
