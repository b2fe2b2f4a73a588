package dev.nameplate.ca.x509;

import static dev.nameplate.ca.x509.DerCursor.BIT_STRING;
import static dev.nameplate.ca.x509.DerCursor.BOOLEAN;
import static dev.nameplate.ca.x509.DerCursor.ENUMERATED;
import static dev.nameplate.ca.x509.DerCursor.GENERALIZED_TIME;
import static dev.nameplate.ca.x509.DerCursor.INTEGER;
import static dev.nameplate.ca.x509.DerCursor.OBJECT_IDENTIFIER;
import static dev.nameplate.ca.x509.DerCursor.OCTET_STRING;
import static dev.nameplate.ca.x509.DerCursor.SEQUENCE;
import static dev.nameplate.ca.x509.DerCursor.UTC_TIME;

import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;

/// A certificate revocation list that can be read (RFC 5280 section 5): complete, of one
/// distribution point, or a delta. Reading it says nothing about trust; see [#isSignedBy]. However
/// long it is, it is not copied: entries are decoded where they are, one by one.
public final class Crl {

  private static final int EXTENSIONS = 0xa0;
  private static final Set<String> UNDERSTOOD =
      Set.of(
          Extension.authorityKeyIdentifier.getId(),
          Extension.cRLNumber.getId(),
          Extension.issuingDistributionPoint.getId(),
          Extension.deltaCRLIndicator.getId(),
          Extension.freshestCRL.getId());

  // 2.5.29.21 and 2.5.29.24
  private static final byte[] REASON_CODE = {0x55, 0x1d, 0x15};
  private static final byte[] INVALIDITY_DATE = {0x55, 0x1d, 0x18};

  /// One line of the list.
  ///
  /// @param reason the CRLReason of RFC 5280 section 5.3.1, 0 if none is given
  public record Entry(
      SerialNumber serial, Instant at, int reason, Optional<Instant> invalidityDate) {

    public static final int CERTIFICATE_HOLD = 6;
    public static final int REMOVE_FROM_CRL = 8;
  }

  /// What an issuing distribution point says (RFC 5280 section 5.2.5).
  ///
  /// @param names the URLs at which the list is, as certificates name them
  /// @param otherwiseLimited whether it is limited in any other way: to authorities, to some
  ///   reasons, to attribute certificates, or to certificates of others
  public record DistributionPoint(
      boolean critical, List<URI> names, boolean onlyUserCertificates, boolean otherwiseLimited) {

    public DistributionPoint {
      names = List.copyOf(names);
    }
  }

  private final Der der;
  private final ByteBuffer tbs;
  private final Optional<ByteBuffer> entries;
  private final byte[] signature;
  private final DistinguishedName issuer;
  private final SignatureAlgorithm algorithm;
  private final Instant thisUpdate;
  private final Instant nextUpdate;
  private final Optional<Extensions> extensions;
  private final BigInteger number;

  private Crl(Der der) throws MalformedCrlException, MalformedDerException, IOException {
    this.der = der;
    der.checkStructure();
    var list = DerCursor.over(DerCursor.over(der.buffer()).content(SEQUENCE));
    tbs = list.whole();
    var outerAlgorithm = DerCursor.bytes(list.whole());
    var bits = DerCursor.bytes(list.content(BIT_STRING));
    list.requireEnd();
    if (bits.length == 0 || bits[0] != 0) {
      throw new MalformedCrlException("a signature with unused bits");
    }
    signature = Arrays.copyOfRange(bits, 1, bits.length);

    var fields = DerCursor.over(DerCursor.over(tbs).content(SEQUENCE));
    if (!fields.isNext(INTEGER)) {
      throw new MalformedCrlException("a CRL of version 1");
    }
    var version = new BigInteger(DerCursor.bytes(fields.content(INTEGER)));
    if (!version.equals(BigInteger.ONE)) {
      throw new MalformedCrlException("a CRL of version " + version.add(BigInteger.ONE));
    }
    var innerAlgorithm = DerCursor.bytes(fields.whole());
    if (!Arrays.equals(innerAlgorithm, outerAlgorithm)) {
      throw new MalformedCrlException("two different signature algorithms");
    }
    var identifier = AlgorithmIdentifier.getInstance(innerAlgorithm);
    algorithm =
        SignatureAlgorithm.of(identifier)
            .orElseThrow(() ->
                new MalformedCrlException("signature algorithm " + identifier.getAlgorithm()));
    issuer = DistinguishedName.read(DerCursor.bytes(fields.whole()));
    thisUpdate = time(fields);
    if (!fields.isNext(UTC_TIME) && !fields.isNext(GENERALIZED_TIME)) {
      throw new MalformedCrlException("a CRL without nextUpdate");
    }
    nextUpdate = time(fields);
    entries = fields.isNext(SEQUENCE) ? Optional.of(fields.content(SEQUENCE)) : Optional.empty();
    extensions =
        fields.isNext(EXTENSIONS)
            ? Optional.of(Extensions.getInstance(DerCursor.bytes(fields.content(EXTENSIONS))))
            : Optional.empty();
    fields.requireEnd();
    if (entries.isPresent() && !entries.get().hasRemaining()) {
      throw new MalformedCrlException("a list of entries that is empty instead of absent");
    }
    if (extensions.isPresent()) {
      for (ASN1ObjectIdentifier oid : extensions.get().getExtensionOIDs()) {
        Der.checkStructure(extensions.get().getExtension(oid).getExtnValue().getOctets());
        if (extensions.get().getExtension(oid).isCritical() && !UNDERSTOOD.contains(oid.getId())) {
          throw new MalformedCrlException("a critical extension " + oid);
        }
      }
    }
    number =
        integer(Extension.cRLNumber)
            .orElseThrow(() -> new MalformedCrlException("a CRL without number"));
    if (number.signum() < 0 || number.bitLength() >= 160) {
      throw new MalformedCrlException("a CRL number that is negative or over 20 octets");
    }
    // once through all of them: what is not read here is read nowhere
    for (var all = cursor(); all.hasNext(); ) {
      entry(all);
    }
    distributionPoint();
    freshest();
  }

  /// @throws MalformedCrlException if it is not a version 2 CRL in the profile of RFC 5280
  public static Crl parse(byte[] encoded) throws MalformedCrlException {
    return parse(Der.of(encoded));
  }

  /// @throws MalformedCrlException if it is not a version 2 CRL in the profile of RFC 5280
  public static Crl parse(Der der) throws MalformedCrlException {
    try {
      return new Crl(der);
    } catch (MalformedDerException found) {
      throw new MalformedCrlException("not a CRL in DER: " + found.reason());
    } catch (IOException | RuntimeException malformed) {
      throw new MalformedCrlException("not a CRL in DER");
    }
  }

  public Der der() {
    return der;
  }

  public DistinguishedName issuer() {
    return issuer;
  }

  public Instant thisUpdate() {
    return thisUpdate;
  }

  public Instant nextUpdate() {
    return nextUpdate;
  }

  public BigInteger number() {
    return number;
  }

  /// The number of the complete list that this one adds to, if it is a delta.
  public Optional<BigInteger> baseNumber() {
    return integer(Extension.deltaCRLIndicator);
  }

  /// The keyIdentifier of the authority key identifier in hex.
  public Optional<String> authorityKeyIdentifier() {
    return extension(Extension.authorityKeyIdentifier)
        .map(found -> AuthorityKeyIdentifier.getInstance(found.getParsedValue()))
        .flatMap(found -> Optional.ofNullable(found.getKeyIdentifierOctets()))
        .map(HexFormat.of()::formatHex);
  }

  /// Empty if the list is about every certificate of its issuer.
  public Optional<DistributionPoint> distributionPoint() {
    return extension(Extension.issuingDistributionPoint)
        .map(found -> {
          var point = IssuingDistributionPoint.getInstance(found.getParsedValue());
          return new DistributionPoint(
              found.isCritical(),
              uris(Optional.ofNullable(point.getDistributionPoint())),
              point.onlyContainsUserCerts(),
              point.onlyContainsCACerts()
                  || point.onlyContainsAttributeCerts()
                  || point.isIndirectCRL()
                  || point.getOnlySomeReasons() != null);
        });
  }

  /// Where the newest delta is, if there are deltas.
  public List<URI> freshest() {
    return extension(Extension.freshestCRL).stream()
        .map(found -> CRLDistPoint.getInstance(found.getParsedValue()))
        .flatMap(points -> Arrays.stream(points.getDistributionPoints()))
        .flatMap(point -> uris(Optional.ofNullable(point.getDistributionPoint())).stream())
        .toList();
  }

  /// Whether this key made the signature.
  public boolean isSignedBy(PublicKeyInfo key) {
    return key.verifies(algorithm, tbs.duplicate(), signature);
  }

  /// The serials on the list, in its order; each is decoded when it is asked for.
  public Iterator<SerialNumber> serials() {
    var entries = entries();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return entries.hasNext();
      }

      @Override
      public SerialNumber next() {
        return entries.next().serial();
      }
    };
  }

  /// What is on the list, in its order; each is decoded when it is asked for.
  public Iterator<Entry> entries() {
    var rest = cursor();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rest.hasNext();
      }

      @Override
      public Entry next() {
        if (!rest.hasNext()) {
          throw new NoSuchElementException("no more entries");
        }
        try {
          return entry(rest);
        } catch (MalformedDerException | MalformedCrlException impossible) {
          throw new IllegalStateException("an entry that was read before", impossible);
        }
      }
    };
  }

  private DerCursor cursor() {
    return DerCursor.over(entries.orElseGet(() -> ByteBuffer.allocate(0)));
  }

  private static Entry entry(DerCursor entries)
      throws MalformedDerException, MalformedCrlException {
    var fields = DerCursor.over(entries.content(SEQUENCE));
    var serial = new SerialNumber(new BigInteger(DerCursor.bytes(fields.content(INTEGER))));
    var at = time(fields);
    int reason = 0;
    Optional<Instant> invalidityDate = Optional.empty();
    if (fields.hasNext()) {
      var all = DerCursor.over(fields.content(SEQUENCE));
      fields.requireEnd();
      while (all.hasNext()) {
        var extension = DerCursor.over(all.content(SEQUENCE));
        var oid = extension.content(OBJECT_IDENTIFIER);
        boolean critical = extension.isNext(BOOLEAN) && extension.content(BOOLEAN).get() != 0;
        var value = extension.content(OCTET_STRING);
        extension.requireEnd();
        if (oid.equals(ByteBuffer.wrap(REASON_CODE))) {
          reason = reason(packed(value));
        } else if (oid.equals(ByteBuffer.wrap(INVALIDITY_DATE))) {
          invalidityDate = Optional.of(time(packed(value)));
        } else if (critical) {
          throw new MalformedCrlException("a critical extension of the entry for " + serial);
        }
      }
    }
    return new Entry(serial, at, reason, invalidityDate);
  }

  private static DerCursor packed(ByteBuffer value) throws MalformedDerException {
    Der.checkStructure(DerCursor.bytes(value));
    return DerCursor.over(value);
  }

  private static int reason(DerCursor value) throws MalformedDerException, MalformedCrlException {
    var octets = value.content(ENUMERATED);
    int reason = octets.remaining() == 1 ? octets.get() : -1;
    if (reason < 0 || reason > 10 || reason == 7) {
      throw new MalformedCrlException("the reason code " + reason);
    }
    return reason;
  }

  private static Instant time(DerCursor fields) throws MalformedDerException {
    boolean utc = fields.isNext(UTC_TIME);
    var octets = fields.content(utc ? UTC_TIME : GENERALIZED_TIME);
    int digits = utc ? 12 : 14;
    if (octets.remaining() != digits + 1 || octets.get(digits) != 'Z') {
      throw new MalformedDerException("a time that is not UTC in whole seconds");
    }
    int year = utc ? twoDigits(octets) : 100 * twoDigits(octets) + twoDigits(octets);
    if (utc) {
      year += year < 50 ? 2000 : 1900; // RFC 5280 section 4.1.2.5.1
    }
    try {
      return LocalDateTime.of(
              year,
              twoDigits(octets),
              twoDigits(octets),
              twoDigits(octets),
              twoDigits(octets),
              twoDigits(octets))
          .toInstant(ZoneOffset.UTC);
    } catch (DateTimeException never) {
      throw new MalformedDerException("a time that never was");
    }
  }

  private static int twoDigits(ByteBuffer text) throws MalformedDerException {
    int tens = text.get() - '0';
    int ones = text.get() - '0';
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9) {
      throw new MalformedDerException("a time with other characters than digits");
    }
    return 10 * tens + ones;
  }

  private Optional<Extension> extension(ASN1ObjectIdentifier oid) {
    return extensions.flatMap(all -> Optional.ofNullable(all.getExtension(oid)));
  }

  private Optional<BigInteger> integer(ASN1ObjectIdentifier oid) {
    return extension(oid).map(found -> ASN1Integer.getInstance(found.getParsedValue()).getValue());
  }

  private static List<URI> uris(Optional<DistributionPointName> name) {
    var uris = new ArrayList<URI>();
    name.filter(found -> found.getType() == DistributionPointName.FULL_NAME)
        .map(found -> GeneralNames.getInstance(found.getName()))
        .ifPresent(names -> {
          for (var each : names.getNames()) {
            if (each.getTagNo() == GeneralName.uniformResourceIdentifier) {
              uris.add(URI.create(each.getName().toString()));
            }
          }
        });
    return uris;
  }
}
