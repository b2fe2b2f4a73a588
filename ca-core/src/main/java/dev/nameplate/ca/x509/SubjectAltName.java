package dev.nameplate.ca.x509;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.util.IPAddress;

/// Makes the GeneralNames of a subjectAltName (RFC 5280 section 4.2.1.6) for our own servers.
public final class SubjectAltName {

  private static final Pattern DNS_NAME =
      Pattern.compile(
          "(?i)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");

  private SubjectAltName() {}

  /// Each host an iPAddress if it is written as one, a dNSName otherwise.
  ///
  /// @throws IllegalArgumentException if there are none, or one is neither
  public static Der of(List<String> hosts) {
    if (hosts.isEmpty()) {
      throw new IllegalArgumentException("no host names");
    }
    var names =
        new GeneralNames(hosts.stream().map(SubjectAltName::name).toArray(GeneralName[]::new));
    try {
      return Der.of(names.getEncoded(ASN1Encoding.DER));
    } catch (IOException impossible) {
      throw new IllegalStateException("names that cannot be encoded", impossible);
    }
  }

  private static GeneralName name(String host) {
    if (IPAddress.isValid(host)) {
      return new GeneralName(GeneralName.iPAddress, host);
    }
    if (host.length() > 253 || !DNS_NAME.matcher(host).matches()) {
      throw new IllegalArgumentException("neither a host name nor an IP address: " + host);
    }
    return new GeneralName(GeneralName.dNSName, host);
  }
}
