package dev.nameplate.ca.x509;

import java.io.IOException;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x500.style.RFC4519Style;

/// An X.501 Name: its DER, and what people read.
public final class DistinguishedName {

  private static final int LARGEST = 2048;
  private static final int MOST_RDNS = 16;
  private static final int MOST_ATTRIBUTES = 32;

  private final Der der;
  private final X500Name name;

  private DistinguishedName(Der der, X500Name name) {
    this.der = der;
    this.name = name;
  }

  /// @throws IllegalArgumentException if it is too large, empty of structure or not DER; the codecs
  ///   turn that into their own checked exceptions
  public static DistinguishedName parse(byte[] encoded) {
    try {
      return read(encoded);
    } catch (MalformedDerException found) {
      throw new IllegalArgumentException(found.reason(), found);
    }
  }

  /// The same for the codecs.
  static DistinguishedName read(byte[] encoded) throws MalformedDerException {
    if (encoded.length > LARGEST) {
      throw new MalformedDerException("a name of " + encoded.length + " bytes; at most " + LARGEST);
    }
    Der.checkStructure(encoded);
    try {
      var name = X500Name.getInstance(encoded);
      if (name.size() > MOST_RDNS || name.getAttributeTypes().length > MOST_ATTRIBUTES) {
        throw new MalformedDerException(
            "a name of %d RDNs with %d attributes; at most %d and %d"
                .formatted(
                    name.size(), name.getAttributeTypes().length, MOST_RDNS, MOST_ATTRIBUTES));
      }
      if (!Arrays.equals(encode(name), encoded)) {
        throw new MalformedDerException("a name that is not in DER");
      }
      // decode all of it now, so that nothing can fail later
      for (RDN rdn : name.getRDNs()) {
        for (var part : rdn.getTypesAndValues()) {
          IETFUtils.canonicalString(part.getValue());
        }
      }
      return new DistinguishedName(Der.of(encoded), name);
    } catch (RuntimeException malformed) {
      throw new MalformedDerException("a name that cannot be decoded");
    }
  }

  /// The name with one RDN, a common name in a UTF8String: what the `device` profile issues.
  public static DistinguishedName ofCommonName(String commonName) {
    return of(new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, commonName).build());
  }

  /// `O=organization, CN=commonName`.
  public static DistinguishedName of(String organization, String commonName) {
    return of(
        new X500NameBuilder(BCStyle.INSTANCE)
            .addRDN(BCStyle.O, organization)
            .addRDN(BCStyle.CN, commonName)
            .build());
  }

  public Der der() {
    return der;
  }

  public boolean isEmpty() {
    return name.size() == 0;
  }

  /// The first common name, if there is one.
  public Optional<String> commonName() {
    return first(BCStyle.CN);
  }

  /// The first organization, if there is one.
  public Optional<String> organization() {
    return first(BCStyle.O);
  }

  private Optional<String> first(ASN1ObjectIdentifier type) {
    var rdns = name.getRDNs(type);
    return rdns.length > 0 && rdns[0].getFirst().getValue() instanceof ASN1String text
        ? Optional.of(text.getString())
        : Optional.empty();
  }

  /// The common name, if there is exactly one: with two, readers could take different ones.
  public Optional<String> onlyCommonName() {
    return only(BCStyle.CN);
  }

  /// The serialNumber attribute (2.5.4.5), if there is exactly one: in an IDevID the serial number
  /// of the device (IEEE 802.1AR section 8.6).
  public Optional<String> onlySerialNumber() {
    return only(BCStyle.SERIALNUMBER);
  }

  private Optional<String> only(ASN1ObjectIdentifier type) {
    var found =
        Arrays.stream(name.getRDNs())
            .flatMap(rdn -> Arrays.stream(rdn.getTypesAndValues()))
            .filter(part -> part.getType().equals(type))
            .toList();
    return found.size() == 1 && found.getFirst().getValue() instanceof ASN1String text
        ? Optional.of(text.getString())
        : Optional.empty();
  }

  /// Whether both name the same entity by the rules of RFC 5280 section 7.1: case, composition and
  /// inner space do not count, the order of RDNs does.
  public boolean matches(DistinguishedName other) {
    return prepared().equals(other.prepared());
  }

  /// Each RDN as the bag of its types and prepared texts. The letters that RFC 4518 maps to nothing
  /// are kept: who sends them means to be confused with somebody.
  private List<Map<Map.Entry<String, Object>, Long>> prepared() {
    return Arrays.stream(name.getRDNs())
        .map(rdn ->
            Arrays.stream(rdn.getTypesAndValues())
                .map(part -> Map.entry(part.getType().getId(), prepared(part.getValue())))
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting())))
        .toList();
  }

  private static Object prepared(ASN1Encodable value) {
    if (!(value instanceof ASN1String text)) {
      return value.toASN1Primitive();
    }
    // up and down again: folds what has two lower-case forms
    return Normalizer.normalize(text.getString(), Normalizer.Form.NFKC)
        .toUpperCase(Locale.ROOT)
        .toLowerCase(Locale.ROOT)
        .strip()
        .replaceAll(" +", " ");
  }

  /// Equality is by bytes; for names compared as RFC 5280 does, see [#matches].
  @Override
  public boolean equals(Object other) {
    return other instanceof DistinguishedName that && der.equals(that.der);
  }

  @Override
  public int hashCode() {
    return der.hashCode();
  }

  /// RFC 4514 text, most specific part first.
  @Override
  public String toString() {
    return RFC4519Style.INSTANCE.toString(name);
  }

  private static DistinguishedName of(X500Name name) {
    return new DistinguishedName(Der.of(encode(name)), name);
  }

  private static byte[] encode(X500Name name) {
    try {
      return name.getEncoded(ASN1Encoding.DER);
    } catch (IOException impossible) {
      throw new IllegalArgumentException("a name that cannot be encoded", impossible);
    }
  }
}
