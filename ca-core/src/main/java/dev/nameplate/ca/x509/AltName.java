package dev.nameplate.ca.x509;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;

/// One name of a subjectAltName (RFC 5280 section 4.2.1.6). Two that are equal name the same, by
/// the rules of RFC 5280 section 7: what does not count there was folded when the name was made.
/// Their text is for people.
public sealed interface AltName {

  /// The folded name of a host.
  record Dns(String name) implements AltName {
    private static final Pattern LABELS =
        Pattern.compile(
            "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");

    public Dns {
      name = name.toLowerCase(Locale.ROOT);
    }

    /// Whether it is the name of one host, in letters, digits and dashes.
    public boolean isValid() {
      return name.length() <= 253 && LABELS.matcher(name).matches();
    }

    @Override
    public String toString() {
      return "dNSName " + name;
    }
  }

  /// Four or sixteen octets, if it is right.
  record Ip(Der address) implements AltName {
    @Override
    public String toString() {
      byte[] octets = address.toByteArray();
      var parts =
          octets.length == 4
              ? IntStream.range(0, 4).mapToObj(i -> Integer.toString(octets[i] & 0xff))
              : IntStream.range(0, octets.length / 2)
                  .mapToObj(i ->
                      Integer.toHexString(
                          ((octets[2 * i] & 0xff) << 8) | (octets[2 * i + 1] & 0xff)));
      return "iPAddress " + parts.collect(Collectors.joining(octets.length == 4 ? "." : ":"));
    }
  }

  /// With scheme and host folded (RFC 5280 section 7.4).
  record Uri(String uri) implements AltName {
    private static final Pattern FOLDED =
        Pattern.compile("^([A-Za-z][A-Za-z0-9+.-]*:)(//(?:[^/?#@]*@)?[^/?#]*)?");

    public Uri {
      uri =
          FOLDED
              .matcher(uri)
              .replaceFirst(found ->
                  Matcher.quoteReplacement(
                      found.group(1).toLowerCase(Locale.ROOT)
                          + (found.group(2) == null ? "" : foldHost(found.group(2)))));
    }

    /// What comes before the @ is not the host's.
    private static String foldHost(String authority) {
      int at = authority.lastIndexOf('@') + 1;
      return authority.substring(0, at) + authority.substring(at).toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
      return "uniformResourceIdentifier " + uri;
    }
  }

  /// hardwareModuleName of RFC 4108 section 5, by which IEEE 802.1AR names a device's hardware.
  ///
  /// @param type the hardware's type, an OID in dotted decimals
  /// @param serial any octets
  record HardwareModule(String type, Der serial) implements AltName {
    @Override
    public String toString() {
      return "hardwareModuleName " + type + " " + HexFormat.of().formatHex(serial.toByteArray());
    }
  }

  /// A name of another kind, compared to the byte.
  ///
  /// @param kind as RFC 5280 calls it
  record Other(String kind, Der encoded) implements AltName {
    @Override
    public String toString() {
      return kind;
    }
  }

  /// id-on-hardwareModuleName.
  String HARDWARE_MODULE = "1.3.6.1.5.5.7.8.4";

  /// The names of GeneralNames, in their order.
  ///
  /// @param generalNames as [Csr#subjectAltName] and [Certificate#subjectAltName] have them
  static List<AltName> of(Der generalNames) {
    return Stream.of(GeneralNames.getInstance(generalNames.toByteArray()).getNames())
        .map(AltName::of)
        .toList();
  }

  /// One of them; RFC 5280 knows nine kinds, of which certificates for machines use four.
  static AltName of(GeneralName name) {
    return switch (name.getTagNo()) {
      case GeneralName.dNSName -> new Dns(text(name));
      case GeneralName.iPAddress ->
          new Ip(Der.of(ASN1OctetString.getInstance(name.getName()).getOctets()));
      case GeneralName.uniformResourceIdentifier -> new Uri(text(name));
      case GeneralName.otherName -> otherName(name);
      default -> other(name);
    };
  }

  private static String text(GeneralName name) {
    return ASN1String.class.cast(name.getName()).getString();
  }

  private static AltName otherName(GeneralName name) {
    try {
      var parts = ASN1Sequence.getInstance(name.getName());
      var type = ASN1ObjectIdentifier.getInstance(parts.getObjectAt(0));
      if (!type.getId().equals(HARDWARE_MODULE)) {
        return new Other("otherName " + type.getId(), encoded(name));
      }
      var module =
          ASN1Sequence.getInstance(
              ASN1TaggedObject.getInstance(parts.getObjectAt(1)).getExplicitBaseObject());
      if (parts.size() != 2 || module.size() != 2) {
        return new Other("a malformed hardwareModuleName", encoded(name));
      }
      return new HardwareModule(
          ASN1ObjectIdentifier.getInstance(module.getObjectAt(0)).getId(),
          Der.of(ASN1OctetString.getInstance(module.getObjectAt(1)).getOctets()));
    } catch (IllegalArgumentException malformed) {
      return new Other("a malformed otherName", encoded(name));
    }
  }

  private static Other other(GeneralName name) {
    var kind =
        switch (name.getTagNo()) {
          case GeneralName.rfc822Name -> "rfc822Name " + text(name);
          case GeneralName.x400Address -> "x400Address";
          case GeneralName.directoryName -> "directoryName " + name.getName();
          case GeneralName.ediPartyName -> "ediPartyName";
          case GeneralName.registeredID -> "registeredID " + name.getName();
          default -> "a name of kind " + name.getTagNo();
        };
    return new Other(kind, encoded(name));
  }

  private static Der encoded(GeneralName name) {
    try {
      return Der.of(name.getEncoded(ASN1Encoding.DER));
    } catch (IOException impossible) {
      throw new IllegalStateException("a name that was decoded", impossible);
    }
  }
}
