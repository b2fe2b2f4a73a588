package dev.nameplate.ca.x509;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1PrintableString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.ASN1UTCTime;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x509.Time;

/// Reads the bytes to be signed as a stranger would, and says what RFC 5280 and its neighbours have
/// against them. It knows no profile, so that a profile cannot talk it round. Validators are no
/// linters: they accept what this refuses.
public final class Lint {

  private static final Pattern DNS_LABELS =
      Pattern.compile(
          "(?i)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
  private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:[!-~]+");
  private static final int SHORTEST_SERIAL_BITS = 64;
  private static final int LONGEST_ATTRIBUTE = 64;

  private final TbsCertificate claimed;
  private final Optional<Certificate> issuer;
  private final TBSCertificate tbs;
  private final List<String> faults = new ArrayList<>();

  private Lint(TbsCertificate claimed, Optional<Certificate> issuer) {
    this.claimed = claimed;
    this.issuer = issuer;
    this.tbs = TBSCertificate.getInstance(claimed.der().toByteArray());
  }

  /// All faults, in words; empty if there is none.
  ///
  /// @param issuer the certificate of the issuer; empty for one that signs itself
  public static List<String> check(TbsCertificate tbs, Optional<Certificate> issuer) {
    try {
      var lint = new Lint(tbs, issuer);
      lint.check();
      return List.copyOf(lint.faults);
    } catch (IOException | RuntimeException unreadable) {
      return List.of("the bytes to be signed cannot be decoded");
    }
  }

  private void check() throws IOException {
    encoding();
    serial();
    validity();
    name("issuer", tbs.getIssuer());
    name("subject", tbs.getSubject());
    issuer();
    if (tbs.getExtensions() == null) {
      faults.add("no extensions (RFC 5280 4.2)");
      return;
    }
    basicConstraints();
    keyUsage();
    extendedKeyUsage();
    keyIdentifiers();
    subjectAltName();
    nameConstraints();
    statusUrls();
    noRevocation();
    ocspSigner();
  }

  private void encoding() throws IOException {
    fault(
        tbs.getExtensions() != null && !isSpelledShort(tbs.getExtensions()),
        "an extension with its default criticality encoded (X.690 11.5)");
    fault(
        !Der.of(tbs.getEncoded(ASN1Encoding.DER)).equals(claimed.der()),
        "not in DER (RFC 5280 4.1)");
    fault(tbs.getVersionNumber() != 3, "not version 3 (4.1.2.1)");
    fault(
        tbs.getIssuerUniqueId() != null || tbs.getSubjectUniqueId() != null,
        "a unique identifier (4.1.2.8)");
    fault(
        !tbs.getSignature().equals(claimed.algorithm().identifier()),
        "another signature algorithm than the key's (4.1.2.3)");
    fault(
        !Der.of(tbs.getSubjectPublicKeyInfo().getEncoded(ASN1Encoding.DER))
            .equals(claimed.publicKey().spki()),
        "another public key than was asked for (4.1.2.7)");
  }

  /// Whether what Bouncy Castle makes of the extensions anew is how they are written.
  private boolean isSpelledShort(Extensions extensions) throws IOException {
    var written = ASN1Sequence.getInstance(claimed.der().toByteArray());
    var last = ASN1TaggedObject.getInstance(written.getObjectAt(written.size() - 1));
    return Arrays.equals(
        extensions.getEncoded(ASN1Encoding.DER),
        last.getExplicitBaseObject().toASN1Primitive().getEncoded(ASN1Encoding.DER));
  }

  private void serial() {
    var serial = tbs.getSerialNumber().getValue();
    fault(serial.signum() <= 0, "a serial that is not positive (4.1.2.2)");
    fault(serial.toByteArray().length > 20, "a serial of more than 20 octets (4.1.2.2)");
    fault(
        serial.bitLength() < SHORTEST_SERIAL_BITS,
        "a serial too short to hold " + SHORTEST_SERIAL_BITS + " random bits");
    fault(!serial.equals(claimed.serial().value()), "another serial than was drawn");
  }

  private void validity() throws IOException {
    time("notBefore", tbs.getStartDate());
    time("notAfter", tbs.getEndDate());
    var notBefore = tbs.getStartDate().getDate().toInstant();
    var notAfter = tbs.getEndDate().getDate().toInstant();
    fault(notAfter.isBefore(notBefore), "notAfter before notBefore (4.1.2.5)");
    fault(
        !notBefore.equals(claimed.notBefore()) || !notAfter.equals(claimed.notAfter()),
        "another validity than was meant");
    issuer.ifPresent(authority -> {
      fault(notAfter.isAfter(authority.notAfter()), "notAfter after the issuer's");
      fault(notBefore.isBefore(authority.notBefore()), "notBefore before the issuer's");
    });
  }

  private void time(String which, Time time) throws IOException {
    int year = time.getDate().toInstant().atOffset(ZoneOffset.UTC).getYear();
    var form = time.toASN1Primitive();
    fault(
        year < 2050 ? !(form instanceof ASN1UTCTime) : !(form instanceof ASN1GeneralizedTime),
        which + " in the wrong form of time for " + year + " (4.1.2.5)");
    // behind the octets of tag and length
    byte[] der = form.getEncoded(ASN1Encoding.DER);
    var text = new String(der, 2, der.length - 2, StandardCharsets.US_ASCII);
    fault(!text.endsWith("Z"), which + " not in UTC (4.1.2.5)");
    fault(text.contains("."), which + " with fractions of a second (4.1.2.5.2)");
    fault(
        text.endsWith("Z") && text.length() < (form instanceof ASN1UTCTime ? 13 : 15),
        which + " without seconds (4.1.2.5)");
  }

  private void name(String which, X500Name name) {
    for (RDN rdn : name.getRDNs()) {
      for (var part : rdn.getTypesAndValues()) {
        attribute(which, part.getType(), part.getValue());
      }
    }
  }

  private void attribute(String which, ASN1ObjectIdentifier type, ASN1Encodable value) {
    if (!(value instanceof ASN1String string)) {
      faults.add(which + " has an attribute that is no text");
      return;
    }
    var text = string.getString();
    fault(text.isBlank(), which + " has an empty attribute");
    fault(
        text.codePoints()
            .anyMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT),
        which + " has a control character");
    fault(text.length() > LONGEST_ATTRIBUTE, which + " has an attribute of over 64 characters");
    if (type.equals(BCStyle.C)) {
      fault(
          !(value instanceof ASN1PrintableString) || text.length() != 2,
          which + " has a country that is not two letters in a PrintableString");
    }
    if (type.equals(BCStyle.SERIALNUMBER)) {
      fault(
          !(value instanceof ASN1PrintableString),
          which + " has a serialNumber that is no PrintableString");
    }
  }

  private void issuer() throws IOException {
    fault(tbs.getIssuer().size() == 0, "an empty issuer (4.1.2.4)");
    var name = Der.of(tbs.getIssuer().getEncoded(ASN1Encoding.DER));
    fault(
        !name.equals(claimed.issuer().der())
            || !Der.of(tbs.getSubject().getEncoded(ASN1Encoding.DER))
                .equals(claimed.subject().der()),
        "another name than was meant");
    if (issuer.isPresent()) {
      fault(
          !name.equals(issuer.get().subject().der()),
          "an issuer that is not the issuing certificate's subject, byte for byte (4.1.2.4)");
      fault(!issuer.get().isAuthority(), "an issuer that is no authority (4.2.1.9)");
      pathLength(issuer.get());
    } else {
      fault(
          !tbs.getIssuer().equals(tbs.getSubject()),
          "no issuing certificate, and not issued by itself");
    }
  }

  private void pathLength(Certificate above) {
    var parsed = org.bouncycastle.asn1.x509.Certificate.getInstance(above.der().toByteArray());
    var theirs = BasicConstraints.fromExtensions(parsed.getTBSCertificate().getExtensions());
    if (tbs.getExtensions() == null
        || !isAuthority()
        || theirs == null
        || theirs.getPathLenConstraint() == null) {
      return;
    }
    var ours = BasicConstraints.fromExtensions(tbs.getExtensions()).getPathLenConstraint();
    // a root's new key and its old one certify each other: such a step does not count (6.1.4 (l))
    int most = theirs.getPathLenConstraint().intValueExact() - (isSelfIssued() ? 0 : 1);
    fault(
        ours == null || ours.intValueExact() > most,
        "a pathLenConstraint that the issuer's does not allow (4.2.1.9)");
  }

  private boolean isSelfIssued() {
    return tbs.getSubject().equals(tbs.getIssuer());
  }

  private boolean isAuthority() {
    var constraints = BasicConstraints.fromExtensions(tbs.getExtensions());
    return constraints != null && constraints.isCA();
  }

  private void basicConstraints() throws IOException {
    var extension = extension(Extension.basicConstraints);
    if (extension.isEmpty()) {
      return;
    }
    fault(!extension.get().isCritical(), "basicConstraints not critical (4.2.1.9)");
    var constraints = BasicConstraints.getInstance(extension.get().getParsedValue());
    fault(
        !constraints.isCA() && constraints.getPathLenConstraint() != null,
        "a pathLenConstraint without CA:TRUE (4.2.1.9)");
    fault(
        !constraints.isCA()
            && constraints.getPathLenConstraint() == null
            && ASN1Sequence.getInstance(extension.get().getParsedValue()).size() > 0,
        "basicConstraints with its default encoded (X.690 11.5)");
    fault(
        constraints.isCA() && tbs.getSubject().size() == 0,
        "an authority without a subject (4.1.2.6)");
  }

  private void keyUsage() {
    var extension = extension(Extension.keyUsage);
    if (extension.isEmpty()) {
      faults.add("no keyUsage (4.2.1.3)");
      return;
    }
    fault(!extension.get().isCritical(), "keyUsage not critical (4.2.1.3)");
    var bits = ASN1BitString.getInstance(extension.get().getParsedValue());
    fault(bits.intValue() == 0, "a keyUsage without any use (4.2.1.3)");
    fault(!minimal(bits), "a keyUsage with trailing zero bits (X.690 11.2.2)");
    boolean signsCertificates = uses(bits, KeyUsage.keyCertSign);
    fault(signsCertificates && !isAuthority(), "keyCertSign without CA:TRUE (4.2.1.9)");
    fault(!signsCertificates && isAuthority(), "CA:TRUE without keyCertSign (4.2.1.3)");
    boolean enciphers =
        uses(bits, KeyUsage.keyEncipherment) || uses(bits, KeyUsage.dataEncipherment);
    boolean agrees = uses(bits, KeyUsage.keyAgreement);
    switch (claimed.publicKey().type()) {
      case RSA_2048, RSA_3072, RSA_4096 ->
          fault(agrees, "keyAgreement with a key that cannot (RFC 3279 2.3.1)");
      case EC_P256, EC_P384, EC_P521 ->
          fault(enciphers, "encipherment with a key that cannot (RFC 8813 3)");
      case ED25519 ->
          fault(
              enciphers || agrees, "encipherment or agreement with a key that cannot (RFC 8410 5)");
      case ML_DSA_44, ML_DSA_65, ML_DSA_87 ->
          fault(
              enciphers || agrees, "encipherment or agreement with a key that cannot (RFC 9881 5)");
    }
  }

  private static boolean uses(ASN1BitString bits, int use) {
    return (bits.intValue() & use) == use;
  }

  private static boolean minimal(ASN1BitString bits) {
    byte[] octets = bits.getBytes();
    if (octets.length == 0) {
      return true;
    }
    int last = octets[octets.length - 1] & 0xff;
    return last != 0 && Integer.numberOfTrailingZeros(last) == bits.getPadBits();
  }

  private void extendedKeyUsage() {
    var extension = extension(Extension.extendedKeyUsage);
    if (extension.isEmpty()) {
      return;
    }
    var uses = ASN1Sequence.getInstance(extension.get().getParsedValue());
    var seen = new HashSet<ASN1Encodable>();
    for (ASN1Encodable use : uses) {
      fault(!seen.add(use), "an extendedKeyUsage twice (4.2.1.12)");
      fault(use.equals(KeyPurposeId.anyExtendedKeyUsage.toOID()), "anyExtendedKeyUsage (4.2.1.12)");
    }
    fault(seen.isEmpty(), "an empty extendedKeyUsage (4.2.1.12)");
  }

  private void keyIdentifiers() {
    var authority = extension(Extension.authorityKeyIdentifier);
    if (authority.isEmpty()) {
      fault(issuer.isPresent(), "no authorityKeyIdentifier (4.2.1.1)");
    } else {
      fault(authority.get().isCritical(), "a critical authorityKeyIdentifier (4.2.1.1)");
      var id = AuthorityKeyIdentifier.getInstance(authority.get().getParsedValue());
      var octets = id.getKeyIdentifierOctets();
      fault(octets == null, "an authorityKeyIdentifier without keyIdentifier (4.2.1.1)");
      if (octets != null && issuer.isPresent()) {
        fault(
            !issuer
                .get()
                .subjectKeyIdentifier()
                .equals(Optional.of(HexFormat.of().formatHex(octets))),
            "an authorityKeyIdentifier that is not the issuer's (4.2.1.1)");
      }
    }
    var subject = extension(Extension.subjectKeyIdentifier);
    fault(
        issuer.isEmpty()
            && authority.isPresent()
            && !Optional.ofNullable(
                    AuthorityKeyIdentifier.fromExtensions(tbs.getExtensions())
                        .getKeyIdentifierOctets())
                .map(Der::of)
                .equals(
                    subject.map(own ->
                        Der.of(ASN1OctetString.getInstance(own.getParsedValue()).getOctets()))),
        "an authorityKeyIdentifier that is not its own (4.2.1.1)");
    fault(
        subject.isEmpty() && isAuthority(), "an authority without subjectKeyIdentifier (4.2.1.2)");
    subject.ifPresent(found -> {
      fault(found.isCritical(), "a critical subjectKeyIdentifier (4.2.1.2)");
      fault(
          ASN1OctetString.getInstance(found.getParsedValue()).getOctets().length == 0,
          "an empty subjectKeyIdentifier (4.2.1.2)");
    });
  }

  private void subjectAltName() {
    var extension = extension(Extension.subjectAlternativeName);
    boolean nameless = tbs.getSubject().size() == 0;
    if (extension.isEmpty()) {
      fault(nameless, "neither a subject nor a subjectAltName (4.1.2.6)");
      return;
    }
    fault(
        nameless != extension.get().isCritical(),
        "a subjectAltName that must be critical exactly if the subject is empty (4.2.1.6)");
    var names = GeneralNames.getInstance(extension.get().getParsedValue()).getNames();
    fault(names.length == 0, "an empty subjectAltName (4.2.1.6)");
    for (GeneralName name : names) {
      generalName(name);
    }
  }

  private void generalName(GeneralName name) {
    switch (name.getTagNo()) {
      case GeneralName.dNSName -> {
        var text = ASN1String.class.cast(name.getName()).getString();
        fault(
            text.length() > 253 || !DNS_LABELS.matcher(text).matches(),
            "a dNSName that is none (4.2.1.6)");
      }
      case GeneralName.iPAddress -> {
        int length = ASN1OctetString.getInstance(name.getName()).getOctets().length;
        fault(length != 4 && length != 16, "an iPAddress of " + length + " octets (4.2.1.6)");
      }
      case GeneralName.uniformResourceIdentifier -> {
        var text = ASN1String.class.cast(name.getName()).getString();
        fault(!URI.matcher(text).matches(), "a URI that is none (4.2.1.6)");
      }
      case GeneralName.otherName ->
          fault(
              !(AltName.of(name) instanceof AltName.HardwareModule),
              "an otherName that is no hardwareModuleName (RFC 4108 5)");
      default -> fault(true, "a kind of subjectAltName that no profile here issues");
    }
  }

  private void nameConstraints() {
    extension(Extension.nameConstraints)
        .ifPresent(own -> {
          fault(!own.isCritical(), "nameConstraints not critical (4.2.1.10)");
          fault(!isAuthority(), "nameConstraints for an end entity (4.2.1.10)");
        });
    var names = extension(Extension.subjectAlternativeName);
    if (issuer.isEmpty() || names.isEmpty()) {
      return;
    }
    try {
      AuthorityLimits.of(issuer.get())
          .names()
          .flatMap(limits -> limits.refuses(Der.of(names.get().getExtnValue().getOctets())))
          .ifPresent(name -> faults.add("the name " + name + ", which the issuer may not certify"));
    } catch (MalformedCertificateException unreadable) {
      faults.add("an issuer with " + unreadable.reason());
    }
  }

  private void statusUrls() {
    var points = extension(Extension.cRLDistributionPoints);
    points.ifPresent(extension -> {
      fault(extension.isCritical(), "critical cRLDistributionPoints (4.2.1.13)");
      for (var point :
          CRLDistPoint.getInstance(extension.getParsedValue()).getDistributionPoints()) {
        var where = point.getDistributionPoint();
        if (where == null || where.getType() != DistributionPointName.FULL_NAME) {
          faults.add("a distribution point without a full name (4.2.1.13)");
          continue;
        }
        for (var name : GeneralNames.getInstance(where.getName()).getNames()) {
          url("a CRL", name);
        }
      }
    });
    var access = extension(Extension.authorityInfoAccess);
    access.ifPresent(extension -> {
      fault(extension.isCritical(), "critical authorityInfoAccess (4.2.2.1)");
      var all =
          AuthorityInformationAccess.getInstance(extension.getParsedValue())
              .getAccessDescriptions();
      fault(all.length == 0, "an empty authorityInfoAccess (4.2.2.1)");
      for (AccessDescription description : all) {
        url("an authority", description.getAccessLocation());
      }
    });
  }

  /// RFC 9608 section 2: who says that nobody can ask says not whom to ask.
  private void noRevocation() {
    var none = extension(Extension.noRevAvail);
    none.ifPresent(extension -> {
      fault(extension.isCritical(), "critical noRevAvail (RFC 9608 2)");
      fault(isAuthority(), "noRevAvail for an authority (RFC 9608 2)");
      var access = AuthorityInformationAccess.fromExtensions(tbs.getExtensions());
      fault(
          extension(Extension.cRLDistributionPoints).isPresent()
              || extension(Extension.freshestCRL).isPresent()
              || (access != null
                  && Arrays.stream(access.getAccessDescriptions())
                      .anyMatch(
                          each -> each.getAccessMethod().equals(AccessDescription.id_ad_ocsp))),
          "noRevAvail beside where to ask for revocations (RFC 9608 2)");
    });
  }

  private void url(String of, GeneralName name) {
    var text =
        name.getTagNo() == GeneralName.uniformResourceIdentifier
            ? ASN1String.class.cast(name.getName()).getString()
            : "";
    fault(!text.startsWith("http://"), of + " URL that is not plain http: '" + text + "'");
  }

  private void ocspSigner() {
    var uses = ExtendedKeyUsage.fromExtensions(tbs.getExtensions());
    if (uses == null || !uses.hasKeyPurposeId(KeyPurposeId.id_kp_OCSPSigning)) {
      return;
    }
    fault(
        extension(OCSPObjectIdentifiers.id_pkix_ocsp_nocheck).isEmpty(),
        "an OCSP signer without id-pkix-ocsp-nocheck (RFC 6960 4.2.2.2.1)");
    fault(
        extension(Extension.cRLDistributionPoints).isPresent()
            || extension(Extension.authorityInfoAccess).isPresent(),
        "an OCSP signer that is not to be checked, and says where");
    fault(isAuthority(), "an OCSP signer that is an authority");
  }

  private Optional<Extension> extension(ASN1ObjectIdentifier oid) {
    Extensions extensions = tbs.getExtensions();
    return Optional.ofNullable(extensions.getExtension(oid));
  }

  private void fault(boolean isOne, String what) {
    if (isOne) {
      faults.add(what);
    }
  }
}
