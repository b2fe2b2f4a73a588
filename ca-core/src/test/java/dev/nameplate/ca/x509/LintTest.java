package dev.nameplate.ca.x509;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.testing.TestAuthority;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Boolean;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1UTCTime;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERGeneralizedTime;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTCTime;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every rule is broken once, in bytes that are made by hand, and found by its words.
class LintTest {

  private static final TestAuthority AUTHORITY =
      TestAuthority.root("Acme Root CA", KeyType.EC_P256, Instant.parse("2045-06-01T00:00:00Z"));
  private static final PublicKeyInfo KEY = SoftwareSigningKey.generate(KeyType.EC_P256).publicKey();
  private static final PublicKeyInfo OTHER_KEY =
      SoftwareSigningKey.generate(KeyType.EC_P256).publicKey();
  private static final SerialNumber SERIAL =
      SerialNumber.ofHex("4f00000000000000000000000000000000000001");
  private static final ASN1ObjectIdentifier NOCHECK = OCSPObjectIdentifiers.id_pkix_ocsp_nocheck;

  @Test
  void aCertificateByTheBookHasNoFault() {
    assertThat(new Draft().faults()).isEmpty();
    assertThat(new Draft().authority().faults()).isEmpty();
    assertThat(new Draft().ocspSigner().faults()).isEmpty();
    assertThat(new Draft().selfSigned().faults()).isEmpty();
    assertThat(new Draft().subject("").san(true, dns("pump.example")).faults()).isEmpty();
    assertThat(new Draft().san(false, dns("a.example"), ip(new byte[16])).faults()).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("defects")
  void aDefectIsFoundByItsWords(Consumer<Draft> defect, String words) {
    var draft = new Draft();
    defect.accept(draft);

    assertThat(draft.faults())
        .as("all faults")
        .anySatisfy(fault -> assertThat(fault).contains(words));
  }

  static Stream<Arguments> defects() {
    return Stream.of(
        // what the whole is made of
        defect("version 1", d -> d.version = new ASN1Integer(0), "cannot be decoded"),
        defect("version 2", d -> d.version = new ASN1Integer(1), "cannot be decoded"),
        defect(
            "an issuerUniqueID",
            d -> d.uniqueIds.add(new DERTaggedObject(false, 1, new DERBitString(new byte[8]))),
            "a unique identifier"),
        defect(
            "a subjectUniqueID",
            d -> d.uniqueIds.add(new DERTaggedObject(false, 2, new DERBitString(new byte[8]))),
            "a unique identifier"),
        defect(
            "another signature algorithm",
            d -> d.algorithm = SignatureAlgorithm.ECDSA_WITH_SHA384,
            "another signature algorithm"),
        defect("another public key", d -> d.key = OTHER_KEY, "another public key"),
        defect("no extensions", d -> d.extensions.clear(), "no extensions"),
        defect(
            "an extension twice",
            d -> d.add(Extension.subjectKeyIdentifier, false, identifier(KEY)),
            "cannot be decoded"),
        defect("bytes that are no certificate", d -> d.garbage = true, "cannot be decoded"),
        // serial numbers
        defect("serial 0", d -> d.serial = BigInteger.ZERO, "not positive"),
        defect("a negative serial", d -> d.serial = SERIAL.value().negate(), "not positive"),
        defect("a serial of one byte", d -> d.serial = BigInteger.TEN, "too short"),
        defect(
            "a serial of 63 bits",
            d -> d.serial = BigInteger.TWO.pow(63).subtract(BigInteger.ONE),
            "too short"),
        defect("21 octets of serial", d -> d.serial = BigInteger.TWO.pow(159), "more than 20"),
        defect(
            "a serial that was not drawn",
            d -> d.serial = SERIAL.value().add(BigInteger.ONE),
            "another serial"),
        // time
        defect(
            "notAfter past the issuer's",
            d -> d.until("2056-01-01T00:00:00Z"),
            "after the issuer's"),
        defect(
            "notBefore before the issuer's",
            d -> d.from("2045-01-01T00:00:00Z"),
            "before the issuer's"),
        defect(
            "an end before the beginning",
            d -> d.until("2045-06-15T00:00:00Z"),
            "before notBefore"),
        defect(
            "GeneralizedTime in 2049",
            d ->
                d.until("2049-12-31T23:59:59Z").notAfter =
                    new ASN1GeneralizedTime("20491231235959Z"),
            "wrong form of time for 2049"),
        defect(
            "UTCTime past 2049",
            d -> d.until("2050-01-01T00:00:00Z").notAfter = new ASN1UTCTime("500101000000Z"),
            "notAfter before notBefore"),
        defect(
            "an offset from UTC",
            d -> d.notBefore = new DERUTCTime("450701020000+0200"),
            "not in UTC"),
        defect(
            "fractions of a second",
            d ->
                d.until("2050-01-01T00:00:00Z").notAfter =
                    new DERGeneralizedTime("20500101000000.5Z"),
            "fractions"),
        defect(
            "UTCTime without seconds",
            d -> d.notBefore = new DERUTCTime("4507010000Z"),
            "without seconds"),
        defect(
            "a validity that was not meant",
            d -> d.notAfter = new DERUTCTime("450929000001Z"),
            "another validity"),
        defect(
            "version 1 without extensions",
            d -> {
              d.version = new ASN1Integer(0);
              d.extensions.clear();
            },
            "not version 3"),
        defect(
            "a critical FALSE spelled out",
            d ->
                d.remove(Extension.subjectKeyIdentifier)
                    .extensions
                    .add(
                        new DERSequence(
                            new ASN1Encodable[] {
                              Extension.subjectKeyIdentifier,
                              ASN1Boolean.FALSE,
                              new DEROctetString(Draft.encoded(identifier(KEY)))
                            })),
            "default criticality encoded"),
        // names
        defect(
            "a subject that was not meant",
            d -> d.claimedSubject = DistinguishedName.ofCommonName("valve"),
            "another name"),
        defect(
            "an issuer in other words",
            d -> d.issuer = new X500Name("CN=Acme Other CA"),
            "byte for byte"),
        defect(
            "the issuer in other case",
            d -> d.issuer = new X500Name("CN=ACME ROOT CA"),
            "byte for byte"),
        defect(
            "the issuer in another string type",
            d -> d.issuer = name(BCStyle.CN, new DERPrintableString("Acme Root CA")),
            "byte for byte"),
        defect("an empty issuer", d -> d.issuer = new X500Name(""), "cannot be decoded"),
        defect("no issuing certificate", d -> d.issuing = Optional.empty(), "not issued by itself"),
        defect(
            "an issuer that is no authority", d -> d.issuing = Optional.of(leaf()), "no authority"),
        defect("65 characters", d -> d.subject("x".repeat(65)), "over 64 characters"),
        defect("an empty attribute", d -> d.subject(" "), "empty attribute"),
        defect("a control character", d -> d.subject("pump\u0000"), "control character"),
        defect(
            "a character that turns the text", d -> d.subject("pump\u202e"), "control character"),
        defect(
            "a number for a name",
            d -> d.subject = name(BCStyle.CN, new ASN1Integer(7)),
            "no text"),
        defect(
            "a country in three letters",
            d -> d.subject = name(BCStyle.C, new DERPrintableString("DEU")),
            "a country"),
        defect(
            "a country in UTF-8",
            d -> d.subject = name(BCStyle.C, new DERUTF8String("DE")),
            "a country"),
        defect(
            "a serialNumber in UTF-8",
            d -> d.subject = name(BCStyle.SERIALNUMBER, new DERUTF8String("17")),
            "serialNumber"),
        defect("nobody", d -> d.subject(""), "neither a subject nor a subjectAltName"),
        // basicConstraints
        defect(
            "basicConstraints not critical",
            d -> d.authority().put(Extension.basicConstraints, false, new BasicConstraints(0)),
            "basicConstraints not critical"),
        defect(
            "a pathLen on a leaf",
            d ->
                d.put(
                    Extension.basicConstraints,
                    true,
                    new DERSequence(new ASN1Encodable[] {ASN1Boolean.FALSE, new ASN1Integer(0)})),
            "pathLenConstraint without CA:TRUE"),
        defect(
            "CA:FALSE spelled out",
            d -> d.put(Extension.basicConstraints, true, new DERSequence(ASN1Boolean.FALSE)),
            "default encoded"),
        defect(
            "an authority without a name",
            d -> d.authority().subject("").san(true, dns("ca.example")),
            "an authority without a subject"),
        defect(
            "an authority below one that allows none",
            d -> d.authority().issuing = Optional.of(authorityWithoutAuthorities()),
            "pathLenConstraint that the issuer's does not allow"),
        // keyUsage
        defect("no keyUsage", d -> d.remove(Extension.keyUsage), "no keyUsage"),
        defect(
            "keyUsage not critical",
            d -> d.put(Extension.keyUsage, false, new KeyUsage(KeyUsage.digitalSignature)),
            "keyUsage not critical"),
        defect(
            "a keyUsage without a use",
            d -> d.put(Extension.keyUsage, true, new KeyUsage(0)),
            "without any use"),
        defect(
            "trailing zeros",
            d -> d.put(Extension.keyUsage, true, new DERBitString(new byte[] {(byte) 0x80}, 0)),
            "trailing zero bits"),
        defect(
            "keyCertSign on a leaf",
            d -> d.put(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign)),
            "keyCertSign without CA:TRUE"),
        defect(
            "an authority that signs no certificates",
            d -> d.authority().put(Extension.keyUsage, true, new KeyUsage(KeyUsage.cRLSign)),
            "CA:TRUE without keyCertSign"),
        defect(
            "keyEncipherment with EC",
            d ->
                d.put(
                    Extension.keyUsage,
                    true,
                    new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyEncipherment)),
            "encipherment"),
        defect(
            "dataEncipherment with EC",
            d ->
                d.put(
                    Extension.keyUsage,
                    true,
                    new KeyUsage(KeyUsage.digitalSignature | KeyUsage.dataEncipherment)),
            "encipherment"),
        // extendedKeyUsage
        defect("any use", d -> d.uses(KeyPurposeId.anyExtendedKeyUsage), "anyExtendedKeyUsage"),
        defect(
            "a use twice",
            d ->
                d.put(
                    Extension.extendedKeyUsage,
                    false,
                    new DERSequence(
                        new ASN1Encodable[] {
                          KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_clientAuth
                        })),
            "extendedKeyUsage twice"),
        defect(
            "no use at all",
            d -> d.put(Extension.extendedKeyUsage, false, new DERSequence()),
            "cannot be decoded"),
        // key identifiers
        defect(
            "no authorityKeyIdentifier",
            d -> d.remove(Extension.authorityKeyIdentifier),
            "no authorityKeyIdentifier"),
        defect(
            "a critical authorityKeyIdentifier",
            d ->
                d.put(
                    Extension.authorityKeyIdentifier,
                    true,
                    new AuthorityKeyIdentifier(identifierOf(AUTHORITY.issuer().publicKey()))),
            "critical authorityKeyIdentifier"),
        defect(
            "an authorityKeyIdentifier without one",
            d -> d.put(Extension.authorityKeyIdentifier, false, new DERSequence()),
            "without keyIdentifier"),
        defect(
            "somebody else's key identifier",
            d ->
                d.put(
                    Extension.authorityKeyIdentifier,
                    false,
                    new AuthorityKeyIdentifier(identifierOf(OTHER_KEY))),
            "not the issuer's"),
        defect(
            "an authority without subjectKeyIdentifier",
            d -> d.authority().remove(Extension.subjectKeyIdentifier),
            "without subjectKeyIdentifier"),
        defect(
            "a critical subjectKeyIdentifier",
            d -> d.put(Extension.subjectKeyIdentifier, true, identifier(KEY)),
            "critical subjectKeyIdentifier"),
        defect(
            "an empty subjectKeyIdentifier",
            d -> d.put(Extension.subjectKeyIdentifier, false, new DEROctetString(new byte[0])),
            "empty subjectKeyIdentifier"),
        defect(
            "somebody else's key identifier on one that signs itself",
            d ->
                d.selfSigned()
                    .put(
                        Extension.authorityKeyIdentifier,
                        false,
                        new AuthorityKeyIdentifier(identifierOf(OTHER_KEY))),
            "not its own"),
        // subjectAltName
        defect(
            "an empty subjectAltName",
            d -> d.put(Extension.subjectAlternativeName, false, new DERSequence()),
            "empty subjectAltName"),
        defect(
            "a subjectAltName critical beside a subject",
            d -> d.san(true, dns("a.example")),
            "must be critical exactly"),
        defect(
            "a subjectAltName not critical without subject",
            d -> d.subject("").san(false, dns("a.example")),
            "must be critical exactly"),
        defect(
            "a dNSName with a space",
            d -> d.san(false, dns("a example")),
            "a dNSName that is none"),
        defect(
            "a dNSName that ends in a dash",
            d -> d.san(false, dns("a-.example")),
            "a dNSName that is none"),
        defect("an empty dNSName", d -> d.san(false, dns("")), "a dNSName that is none"),
        defect("a wildcard", d -> d.san(false, dns("*.example")), "a dNSName that is none"),
        defect(
            "a dNSName of 260 characters",
            d -> d.san(false, dns("a.".repeat(129) + "aa")),
            "a dNSName that is none"),
        defect(
            "an address of three bytes",
            d -> d.san(false, ip(new byte[3])),
            "an iPAddress of 3 octets"),
        defect("a subnet", d -> d.san(false, ip(new byte[8])), "an iPAddress of 8 octets"),
        defect(
            "an e-mail address",
            d -> d.san(false, new GeneralName(GeneralName.rfc822Name, "a@example")),
            "no profile here issues"),
        // where status is
        defect("a CRL over https", d -> d.crl(false, "https://status.example/a.crl"), "plain http"),
        defect("a CRL over ldap", d -> d.crl(false, "ldap://status.example/cn=a"), "plain http"),
        defect(
            "a critical CDP",
            d -> d.crl(true, "http://status.example/a.crl"),
            "critical cRLDistributionPoints"),
        defect(
            "a CDP without a name",
            d ->
                d.put(
                    Extension.cRLDistributionPoints,
                    false,
                    new CRLDistPoint(
                        new DistributionPoint[] {
                          new DistributionPoint(null, null, new GeneralNames(dns("a.example")))
                        })),
            "without a full name"),
        defect("OCSP over https", d -> d.aia(false, "https://status.example/ocsp"), "plain http"),
        defect(
            "a critical AIA",
            d -> d.aia(true, "http://status.example/ocsp"),
            "critical authorityInfoAccess"),
        defect(
            "an empty AIA",
            d -> d.put(Extension.authorityInfoAccess, false, new DERSequence()),
            "cannot be decoded"),
        // OCSP signers
        defect(
            "an OCSP signer to be checked",
            d -> d.ocspSigner().remove(NOCHECK),
            "without id-pkix-ocsp-nocheck"),
        defect(
            "an OCSP signer with a CDP",
            d -> d.ocspSigner().crl(false, "http://status.example/a.crl"),
            "says where"),
        defect(
            "an OCSP signer that is an authority",
            d -> d.ocspSigner().authority(),
            "OCSP signer that is an authority"));
  }

  @Test
  void theFormOfTimeChangesWithTheYear2050() {
    assertThat(new Draft().until("2049-12-31T23:59:59Z").faults()).isEmpty();
    assertThat(new Draft().until("2050-01-01T00:00:00Z").faults()).isEmpty();
    assertThat(new Draft().from("2050-01-01T00:00:00Z").until("2050-06-01T00:00:00Z").faults())
        .isEmpty();
  }

  @Test
  void theLastSecondOfTheIssuerIsTheLastOneAllowed() {
    var last = AUTHORITY.certificate().notAfter();

    assertThat(new Draft().until(last.toString()).faults()).isEmpty();
    assertThat(new Draft().until(last.plusSeconds(1).toString()).faults())
        .containsExactly("notAfter after the issuer's");
  }

  private static Arguments defect(String name, Consumer<Draft> change, String words) {
    return Arguments.of(Named.of(name, change), words);
  }

  private static X500Name name(ASN1ObjectIdentifier type, ASN1Encodable value) {
    return new X500NameBuilder(BCStyle.INSTANCE).addRDN(type, value).build();
  }

  private static GeneralName dns(String name) {
    return new GeneralName(GeneralName.dNSName, new DERIA5String(name));
  }

  private static GeneralName ip(byte[] address) {
    return new GeneralName(GeneralName.iPAddress, new DEROctetString(address));
  }

  private static SubjectKeyIdentifier identifier(PublicKeyInfo key) {
    return new SubjectKeyIdentifier(identifierOf(key));
  }

  private static byte[] identifierOf(PublicKeyInfo key) {
    return Arrays.copyOf(Der.sha256(key.keyBits()), 20);
  }

  private static Certificate leaf() {
    return AUTHORITY.issue(
        TestAuthority.Use.DEVICE,
        "Acme Root CA",
        OTHER_KEY,
        SERIAL,
        AUTHORITY.certificate().notBefore(),
        AUTHORITY.certificate().notAfter());
  }

  /// An authority with pathLen 0, by the root's name and key.
  private static Certificate authorityWithoutAuthorities() {
    var draft = new Draft().selfSigned();
    draft.subject =
        draft.issuer = X500Name.getInstance(AUTHORITY.issuer().name().der().toByteArray());
    draft.key = AUTHORITY.issuer().publicKey();
    draft.put(Extension.subjectKeyIdentifier, false, identifier(draft.key));
    return draft.claimed().withSignature(new byte[8]);
  }

  /// A TBSCertificate in the making: sound until somebody changes it. What it is claimed to be
  /// stays as it was, unless the change is meant.
  static final class Draft {

    ASN1Integer version = new ASN1Integer(2);
    BigInteger serial = SERIAL.value();
    SignatureAlgorithm algorithm = SignatureAlgorithm.ECDSA_WITH_SHA256;
    X500Name issuer = X500Name.getInstance(AUTHORITY.issuer().name().der().toByteArray());
    Optional<Certificate> issuing = Optional.of(AUTHORITY.certificate());
    Instant from = Instant.parse("2045-07-01T00:00:00Z");
    Instant until = Instant.parse("2045-09-29T00:00:00Z");
    ASN1Encodable notBefore = time(from);
    ASN1Encodable notAfter = time(until);
    X500Name subject = name(BCStyle.CN, new DERUTF8String("pump-0017"));
    PublicKeyInfo key = KEY;
    @Nullable DistinguishedName claimedSubject;
    final List<ASN1Encodable> uniqueIds = new ArrayList<>();
    final List<ASN1Encodable> extensions = new ArrayList<>();
    boolean garbage;

    Draft() {
      add(
          Extension.authorityKeyIdentifier,
          false,
          new AuthorityKeyIdentifier(identifierOf(AUTHORITY.issuer().publicKey())));
      add(Extension.subjectKeyIdentifier, false, identifier(KEY));
      add(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      uses(KeyPurposeId.id_kp_clientAuth);
      crl(false, "http://status.example/a.crl");
      aia(false, "http://status.example/ocsp");
    }

    Draft authority() {
      put(Extension.basicConstraints, true, new BasicConstraints(0));
      return put(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    }

    Draft ocspSigner() {
      remove(Extension.cRLDistributionPoints);
      remove(Extension.authorityInfoAccess);
      uses(KeyPurposeId.id_kp_OCSPSigning);
      return put(NOCHECK, false, DERNull.INSTANCE);
    }

    Draft selfSigned() {
      issuing = Optional.empty();
      issuer = subject;
      put(Extension.authorityKeyIdentifier, false, new AuthorityKeyIdentifier(identifierOf(KEY)));
      return authority();
    }

    Draft subject(String commonName) {
      subject =
          commonName.isEmpty() ? new X500Name("") : name(BCStyle.CN, new DERUTF8String(commonName));
      return this;
    }

    Draft from(String when) {
      from = Instant.parse(when);
      notBefore = time(from);
      return this;
    }

    Draft until(String when) {
      until = Instant.parse(when);
      notAfter = time(until);
      return this;
    }

    Draft uses(KeyPurposeId use) {
      return put(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(use));
    }

    Draft san(boolean critical, GeneralName... names) {
      return put(Extension.subjectAlternativeName, critical, new GeneralNames(names));
    }

    Draft crl(boolean critical, String url) {
      var point = new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, url));
      return put(
          Extension.cRLDistributionPoints,
          critical,
          new CRLDistPoint(
              new DistributionPoint[] {
                new DistributionPoint(new DistributionPointName(point), null, null)
              }));
    }

    Draft aia(boolean critical, String url) {
      return put(
          Extension.authorityInfoAccess,
          critical,
          new AuthorityInformationAccess(
              AccessDescription.id_ad_ocsp,
              new GeneralName(GeneralName.uniformResourceIdentifier, url)));
    }

    Draft remove(ASN1ObjectIdentifier oid) {
      extensions.removeIf(e -> e instanceof Extension known && known.getExtnId().equals(oid));
      return this;
    }

    Draft put(ASN1ObjectIdentifier oid, boolean critical, ASN1Encodable value) {
      remove(oid);
      return add(oid, critical, value);
    }

    Draft add(ASN1ObjectIdentifier oid, boolean critical, ASN1Encodable value) {
      try {
        extensions.add(
            new Extension(oid, critical, value.toASN1Primitive().getEncoded(ASN1Encoding.DER)));
      } catch (IOException impossible) {
        throw new IllegalStateException(impossible);
      }
      return this;
    }

    List<String> faults() {
      return Lint.check(claimed(), issuing);
    }

    TbsCertificate claimed() {
      return new TbsCertificate(
          der(),
          SERIAL,
          DistinguishedName.parse(encoded(issuer)),
          claimedSubject != null ? claimedSubject : DistinguishedName.parse(encoded(subject)),
          KEY,
          from,
          until,
          SignatureAlgorithm.ECDSA_WITH_SHA256);
    }

    private Der der() {
      if (garbage) {
        return Der.of("no certificate".getBytes(StandardCharsets.US_ASCII));
      }
      var all = new ASN1EncodableVector();
      if (!version.hasValue(0)) {
        all.add(new DERTaggedObject(true, 0, version));
      }
      all.add(new ASN1Integer(serial));
      all.add(algorithm.identifier());
      all.add(issuer);
      all.add(new DERSequence(new ASN1Encodable[] {notBefore, notAfter}));
      all.add(subject);
      all.add(SubjectPublicKeyInfo.getInstance(key.spki().toByteArray()));
      uniqueIds.forEach(all::add);
      if (!extensions.isEmpty()) {
        all.add(
            new DERTaggedObject(
                true, 3, new DERSequence(extensions.toArray(ASN1Encodable[]::new))));
      }
      return Der.of(encoded(new DERSequence(all)));
    }

    static byte[] encoded(ASN1Encodable value) {
      try {
        return value.toASN1Primitive().getEncoded(ASN1Encoding.DER);
      } catch (IOException impossible) {
        throw new IllegalStateException(impossible);
      }
    }

    private static ASN1Encodable time(Instant when) {
      var digits = when.toString().replaceAll("[^0-9]", "") + "Z";
      return digits.compareTo("2050") < 0
          ? new DERUTCTime(digits.substring(2))
          : new DERGeneralizedTime(digits);
    }
  }
}
