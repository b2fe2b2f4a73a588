package dev.nameplate.ca.x509;

import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Enumeration;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CertificateList;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.TBSCertList;

/// A complete certificate revocation list that can be read (RFC 5280 section 5). Reading it says
/// nothing about trust; see [#isSignedBy]. Its entries stay encoded and are read one by one.
public final class Crl {

  private final CertificateList list;
  private final DistinguishedName issuer;
  private final SignatureAlgorithm algorithm;
  private final Instant thisUpdate;
  private final Instant nextUpdate;
  private final BigInteger number;
  private final Optional<String> authorityKeyIdentifier;

  private Crl(CertificateList list)
      throws IOException, MalformedCrlException, MalformedDerException {
    this.list = list;
    issuer = DistinguishedName.read(list.getIssuer().getEncoded(ASN1Encoding.DER));
    algorithm =
        SignatureAlgorithm.of(list.getSignatureAlgorithm())
            .orElseThrow(() ->
                new MalformedCrlException(
                    "signature algorithm " + list.getSignatureAlgorithm().getAlgorithm()));
    if (!list.getSignatureAlgorithm().equals(list.getTBSCertList().getSignature())) {
      throw new MalformedCrlException("two different signature algorithms");
    }
    thisUpdate = list.getThisUpdate().getDate().toInstant();
    if (list.getNextUpdate() == null) {
      throw new MalformedCrlException("a CRL without nextUpdate");
    }
    nextUpdate = list.getNextUpdate().getDate().toInstant();
    number =
        extension(Extension.cRLNumber)
            .map(CRLNumber::getInstance)
            .map(CRLNumber::getCRLNumber)
            .orElseThrow(() -> new MalformedCrlException("a CRL without number"));
    authorityKeyIdentifier =
        extension(Extension.authorityKeyIdentifier)
            .map(AuthorityKeyIdentifier::getInstance)
            .map(AuthorityKeyIdentifier::getKeyIdentifierOctets)
            .map(HexFormat.of()::formatHex);
  }

  /// @throws MalformedCrlException if it is not a version 2 CRL in the profile of RFC 5280
  public static Crl parse(byte[] encoded) throws MalformedCrlException {
    try {
      Der.checkStructure(encoded);
    } catch (MalformedDerException found) {
      throw new MalformedCrlException("not a CRL in DER: " + found.reason());
    }
    try (var input = new ASN1InputStream(encoded, true)) {
      var list = CertificateList.getInstance(input.readObject());
      if (list == null || input.readObject() != null) {
        throw new MalformedCrlException("not one CRL and nothing else");
      }
      if (list.getVersionNumber() != 2) {
        throw new MalformedCrlException("a CRL of version " + list.getVersionNumber());
      }
      return new Crl(list);
    } catch (MalformedDerException found) {
      throw new MalformedCrlException("not a CRL in DER: " + found.reason());
    } catch (IOException | RuntimeException malformed) {
      throw new MalformedCrlException("not a CRL in DER");
    }
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

  /// The keyIdentifier of the authority key identifier in hex.
  public Optional<String> authorityKeyIdentifier() {
    return authorityKeyIdentifier;
  }

  /// Whether this key made the signature.
  public boolean isSignedBy(PublicKeyInfo key) {
    try {
      return key.verifies(
          algorithm,
          list.getTBSCertList().getEncoded(ASN1Encoding.DER),
          list.getSignature().getOctets());
    } catch (IOException notEncodable) {
      return false;
    }
  }

  /// The serials on the list, in its order; each is decoded when it is asked for.
  public Iterator<SerialNumber> serials() {
    Enumeration<?> entries = list.getRevokedCertificateEnumeration();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return entries.hasMoreElements();
      }

      @Override
      public SerialNumber next() {
        if (!hasNext()) {
          throw new NoSuchElementException("no more entries");
        }
        var entry = (TBSCertList.CRLEntry) entries.nextElement();
        ASN1Integer serial = entry.getUserCertificate();
        return new SerialNumber(serial.getValue());
      }
    };
  }

  private Optional<ASN1Encodable> extension(ASN1ObjectIdentifier oid) throws MalformedDerException {
    var extension =
        Optional.ofNullable(list.getTBSCertList().getExtensions())
            .map(all -> all.getExtension(oid));
    if (extension.isPresent()) {
      Der.checkStructure(extension.get().getExtnValue().getOctets());
    }
    return extension.map(Extension::getParsedValue);
  }
}
