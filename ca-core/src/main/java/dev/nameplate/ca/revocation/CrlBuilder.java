package dev.nameplate.ca.revocation;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.signing.SigningException;
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
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Object;
import org.bouncycastle.asn1.ASN1UTCTime;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERGeneralizedTime;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTCTime;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;

/// Makes one complete version 2 CRL (RFC 5280 section 5). Entries are encoded as they come and kept
/// as bytes only, about 49 for each; signing and checking make a few copies of the whole. Not
/// thread-safe; make one for each CRL.
final class CrlBuilder {

  private static final int LAST_YEAR_OF_UTC_TIME = 2049;
  private static final DateTimeFormatter UTC_TIME = format("yyMMddHHmmss'Z'");
  private static final DateTimeFormatter GENERALIZED_TIME = format("uuuuMMddHHmmss'Z'");

  private final Authority authority;
  private final long number;
  private final Instant thisUpdate;
  private final Instant nextUpdate;
  private final ByteArrayOutputStream entries = new ByteArrayOutputStream();
  private Optional<SerialNumber> last = Optional.empty();
  private long count;

  /// @throws IllegalArgumentException if the authority has no certificate with a subject key
  ///   identifier: relying parties could not tell whose CRL it is
  CrlBuilder(Authority authority, long number, Instant thisUpdate, Instant nextUpdate) {
    this.authority = authority;
    this.number = number;
    this.thisUpdate = thisUpdate.truncatedTo(ChronoUnit.SECONDS);
    this.nextUpdate = nextUpdate.truncatedTo(ChronoUnit.SECONDS);
    keyIdentifier(authority);
  }

  /// Adds the next entry; they come in order of serial, each one once.
  CrlBuilder add(RevokedEntry entry) {
    if (last.filter(before -> before.compareTo(entry.serial()) >= 0).isPresent()) {
      throw new IllegalStateException(
          "CRL entries out of order: " + entry.serial() + " after " + last.get());
    }
    write(encoded(entry), entries);
    last = Optional.of(entry.serial());
    count++;
    return this;
  }

  long count() {
    return count;
  }

  /// Signs what was added, and checks the result as a relying party would.
  ///
  /// @throws SigningException if the key is away, or what came back is not its signature: the CRL
  ///   then does not leave
  Der sign() {
    byte[] tbs = tbs();
    var signature = new DERBitString(authority.key().sign(tbs));
    var content = new ByteArrayOutputStream(tbs.length + 1024);
    content.writeBytes(tbs);
    write(authority.key().algorithm().identifier(), content);
    write(signature, content);
    byte[] encoded = sequence(content);
    requireSound(encoded);
    return Der.of(encoded);
  }

  private byte[] tbs() {
    var content = new ByteArrayOutputStream(entries.size() + 1024);
    write(new ASN1Integer(1), content);
    write(authority.key().algorithm().identifier(), content);
    content.writeBytes(authority.issuer().name().der().toByteArray());
    write(time(thisUpdate), content);
    write(time(nextUpdate), content);
    // RFC 5280 section 5.1.2.6: absent, not empty
    if (count > 0) {
      writeSequence(entries, content);
    }
    write(new DERTaggedObject(true, 0, extensions()), content);
    return sequence(content);
  }

  private Extensions extensions() {
    try {
      return new Extensions(
          new Extension[] {
            Extension.create(
                Extension.authorityKeyIdentifier,
                false,
                new AuthorityKeyIdentifier(keyIdentifier(authority))),
            Extension.create(Extension.cRLNumber, false, new CRLNumber(BigInteger.valueOf(number)))
          });
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private void requireSound(byte[] encoded) {
    var name = authority.issuer().name();
    try {
      var crl = Crl.parse(encoded);
      if (!crl.isSignedBy(authority.issuer().publicKey())) {
        throw new SigningException("the signature on CRL " + number + " of " + name + " is wrong");
      }
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

  private static DERSequence encoded(RevokedEntry entry) {
    var parts = new ASN1EncodableVector();
    parts.add(new ASN1Integer(entry.serial().value()));
    parts.add(time(entry.revocation().at()));
    entryExtensions(entry).ifPresent(parts::add);
    return new DERSequence(parts);
  }

  private static Optional<DERSequence> entryExtensions(RevokedEntry entry) {
    var extensions = new ASN1EncodableVector();
    try {
      // RFC 5280 section 5.3.1: unspecified is said by saying nothing
      if (entry.revocation().reason() != RevocationReason.UNSPECIFIED) {
        var reason = CRLReason.lookup(entry.revocation().reason().code());
        extensions.add(Extension.create(Extension.reasonCode, false, reason));
      }
      if (entry.revocation().invalidityDate().isPresent()) {
        var date = generalizedTime(entry.revocation().invalidityDate().get());
        extensions.add(Extension.create(Extension.invalidityDate, false, date));
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return extensions.size() == 0 ? Optional.empty() : Optional.of(new DERSequence(extensions));
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

  private static void write(ASN1Object value, ByteArrayOutputStream to) {
    try {
      value.encodeTo(to, ASN1Encoding.DER);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private static byte[] sequence(ByteArrayOutputStream content) {
    var sequence = new ByteArrayOutputStream(content.size() + 8);
    writeSequence(content, sequence);
    return sequence.toByteArray();
  }

  private static void writeSequence(ByteArrayOutputStream content, ByteArrayOutputStream to) {
    to.write(0x30);
    int length = content.size();
    if (length < 0x80) {
      to.write(length);
    } else {
      int octets = (32 - Integer.numberOfLeadingZeros(length) + 7) / 8;
      to.write(0x80 | octets);
      for (int i = octets - 1; i >= 0; i--) {
        to.write(length >>> (8 * i));
      }
    }
    try {
      content.writeTo(to);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }
}
