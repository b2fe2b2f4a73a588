package dev.nameplate.ca.x509;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraintValidatorException;
import org.bouncycastle.asn1.x509.PKIXNameConstraintValidator;
import org.bouncycastle.util.IPAddress;
import org.jspecify.annotations.Nullable;

/// To which names an authority is limited (RFC 5280 section 4.2.1.10): DNS domains, networks, and
/// hosts of URIs, in subjectAltNames. As there, a kind of which nothing is permitted is not limited
/// by what is permitted of others.
///
/// As text, `dns:acme.example` is that name and all below it, `ip:10.0.0.0/8` a network, and
/// `uri:acme.example` URIs of that host, with a dot in front of it those of hosts below it.
public final class NameConstraints {

  private static final Pattern DOMAIN =
      Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
  private static final Pattern NETWORK = Pattern.compile("([0-9a-fA-F.:]+)/(\\d{1,3})");

  private final GeneralSubtree[] permitted;
  private final GeneralSubtree[] excluded;
  private final Der der;

  private NameConstraints(org.bouncycastle.asn1.x509.NameConstraints parsed) throws IOException {
    permitted = some(parsed.getPermittedSubtrees());
    excluded = some(parsed.getExcludedSubtrees());
    der = Der.of(parsed.getEncoded(ASN1Encoding.DER));
  }

  /// @throws IllegalArgumentException if there is none, or one is not of a kind that is known here
  public static NameConstraints of(List<String> permitted, List<String> excluded) {
    if (permitted.isEmpty() && excluded.isEmpty()) {
      throw new IllegalArgumentException("name constraints that limit nothing");
    }
    try {
      return new NameConstraints(
          new org.bouncycastle.asn1.x509.NameConstraints(
              permitted.isEmpty() ? null : subtrees(permitted),
              excluded.isEmpty() ? null : subtrees(excluded)));
    } catch (IOException impossible) {
      throw new IllegalStateException("name constraints that cannot be encoded", impossible);
    }
  }

  /// What is in the OCTET STRING of the extension.
  ///
  /// @throws MalformedCertificateException if it cannot be read
  public static NameConstraints parse(Der extension) throws MalformedCertificateException {
    try {
      return new NameConstraints(
          org.bouncycastle.asn1.x509.NameConstraints.getInstance(extension.toByteArray()));
    } catch (IOException | RuntimeException malformed) {
      throw new MalformedCertificateException("nameConstraints that cannot be read");
    }
  }

  /// The content of the extension, which has to be critical.
  public Der der() {
    return der;
  }

  /// The first of these GeneralNames that is not allowed; empty if all are.
  public Optional<String> refuses(Der generalNames) {
    for (var name : GeneralNames.getInstance(generalNames.toByteArray()).getNames()) {
      var validator = new PKIXNameConstraintValidator();
      try {
        if (permitted.length > 0) {
          validator.intersectPermittedSubtree(permitted);
        }
        for (var subtree : excluded) {
          validator.addExcludedSubtree(subtree);
        }
        validator.checkPermitted(name);
        validator.checkExcluded(name);
      } catch (NameConstraintValidatorException _) {
        return Optional.of(text(name));
      }
    }
    return Optional.empty();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NameConstraints that && der.equals(that.der);
  }

  @Override
  public int hashCode() {
    return der.hashCode();
  }

  /// `permitted dns:acme.example ip:10.0.0.0/8, excluded dns:test.acme.example`.
  @Override
  public String toString() {
    var parts = new ArrayList<String>();
    if (permitted.length > 0) {
      parts.add("permitted " + text(permitted));
    }
    if (excluded.length > 0) {
      parts.add("excluded " + text(excluded));
    }
    return String.join(", ", parts);
  }

  private static String text(GeneralSubtree[] subtrees) {
    return Arrays.stream(subtrees)
        .map(subtree -> text(subtree.getBase()))
        .collect(Collectors.joining(" "));
  }

  private static GeneralSubtree[] some(GeneralSubtree @Nullable [] subtrees) {
    return subtrees == null ? new GeneralSubtree[0] : subtrees;
  }

  private static GeneralSubtree[] subtrees(List<String> texts) {
    return texts.stream()
        .map(text -> new GeneralSubtree(base(text)))
        .toArray(GeneralSubtree[]::new);
  }

  private static GeneralName base(String text) {
    int colon = text.indexOf(':');
    var kind = colon < 0 ? "" : text.substring(0, colon);
    var value = text.substring(colon + 1).toLowerCase(Locale.ROOT);
    return switch (kind) {
      case "dns" -> {
        requireDomain(text, value);
        yield new GeneralName(GeneralName.dNSName, new DERIA5String(value));
      }
      case "uri" -> {
        requireDomain(text, value.startsWith(".") ? value.substring(1) : value);
        yield new GeneralName(GeneralName.uniformResourceIdentifier, new DERIA5String(value));
      }
      case "ip" -> new GeneralName(GeneralName.iPAddress, network(text, value));
      default ->
          throw new IllegalArgumentException(
              "'" + text + "' is none of dns:DOMAIN, ip:ADDRESS/BITS and uri:HOST");
    };
  }

  private static void requireDomain(String text, String value) {
    if (value.length() > 253 || !DOMAIN.matcher(value).matches()) {
      throw new IllegalArgumentException("'" + text + "' names no domain");
    }
  }

  private static DEROctetString network(String text, String value) {
    var matcher = NETWORK.matcher(value);
    if (!matcher.matches() || !IPAddress.isValid(matcher.group(1))) {
      throw new IllegalArgumentException("'" + text + "' is no network: ip:10.0.0.0/8");
    }
    byte[] address =
        ASN1OctetString.getInstance(
                new GeneralName(GeneralName.iPAddress, matcher.group(1)).getName())
            .getOctets();
    int bits = Integer.parseInt(matcher.group(2));
    if (bits > 8 * address.length) {
      throw new IllegalArgumentException("'" + text + "' is no network: too many bits");
    }
    var both = Arrays.copyOf(address, 2 * address.length);
    for (int bit = 0; bit < 8 * address.length; bit++) {
      int octet = bit / 8;
      int mask = 0x80 >> (bit % 8);
      if (bit < bits) {
        both[address.length + octet] |= (byte) mask;
      } else if ((both[octet] & mask) != 0) {
        throw new IllegalArgumentException("'" + text + "' is no network: it has bits of a host");
      }
    }
    return new DEROctetString(both);
  }

  private static String text(GeneralName name) {
    return switch (name.getTagNo()) {
      case GeneralName.dNSName -> "dns:" + ASN1String.class.cast(name.getName()).getString();
      case GeneralName.uniformResourceIdentifier ->
          "uri:" + ASN1String.class.cast(name.getName()).getString();
      case GeneralName.iPAddress ->
          "ip:" + addressText(ASN1OctetString.getInstance(name.getName()).getOctets());
      default -> name.toString();
    };
  }

  /// Of an address, or of a network: twice as long, the second half its mask.
  private static String addressText(byte[] octets) {
    boolean network = octets.length == 8 || octets.length == 32;
    int length = network ? octets.length / 2 : octets.length;
    var address =
        length == 4
            ? IntStream.range(0, length).mapToObj(i -> Integer.toString(octets[i] & 0xff))
            : IntStream.range(0, length / 2)
                .mapToObj(i ->
                    Integer.toHexString(
                        ((octets[2 * i] & 0xff) << 8) | (octets[2 * i + 1] & 0xff)));
    var text = address.collect(Collectors.joining(length == 4 ? "." : ":"));
    int bits = 0;
    for (int i = length; i < octets.length; i++) {
      bits += Integer.bitCount(octets[i] & 0xff);
    }
    return network ? text + "/" + bits : text;
  }
}
