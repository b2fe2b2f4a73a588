package dev.nameplate.ca.x509;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.ParseException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.ocsp.BasicOCSPResponse;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPRequest;
import org.bouncycastle.asn1.ocsp.OCSPResponse;
import org.bouncycastle.asn1.ocsp.Request;
import org.bouncycastle.asn1.ocsp.RevokedInfo;
import org.bouncycastle.asn1.ocsp.SingleResponse;
import org.bouncycastle.asn1.ocsp.TBSRequest;
import org.bouncycastle.asn1.oiw.OIWObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extensions;
import org.jspecify.annotations.Nullable;

/// A signed OCSP answer (RFC 6960 section 4.2), as a relying party reads it: what it says, and
/// whether whoever signed it may say so.
public final class OcspAnswer {

  private static final String OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
  private static final int MOST_BYTES = 1 << 20;

  public enum Status {
    GOOD,
    REVOKED,
    UNKNOWN
  }

  /// What it says of one certificate.
  ///
  /// @param revokedAt there if and only if it is revoked
  /// @param reason likewise; `unspecified` if the answer gives none
  public record Single(
      Status status,
      Optional<Instant> revokedAt,
      Optional<RevocationReason> reason,
      Instant thisUpdate,
      Optional<Instant> nextUpdate) {}

  private record About(String issuerName, String issuerKey, SerialNumber serial) {}

  private final Instant producedAt;
  private final Map<About, Single> singles;
  private final List<Certificate> certificates;
  private final Optional<SignatureAlgorithm> algorithm;
  private final byte[] signed;
  private final byte[] signature;

  private OcspAnswer(
      Instant producedAt,
      Map<About, Single> singles,
      List<Certificate> certificates,
      Optional<SignatureAlgorithm> algorithm,
      byte[] signed,
      byte[] signature) {
    this.producedAt = producedAt;
    this.singles = singles;
    this.certificates = certificates;
    this.algorithm = algorithm;
    this.signed = signed;
    this.signature = signature;
  }

  /// The question about one certificate, in DER: it names its issuer by SHA-1, as every responder
  /// understands.
  public static Der question(Certificate issuer, SerialNumber serial) {
    var certId =
        new CertID(
            new AlgorithmIdentifier(OIWObjectIdentifiers.idSHA1, DERNull.INSTANCE),
            new DEROctetString(nameHash(issuer)),
            new DEROctetString(keyHash(issuer)),
            new ASN1Integer(serial.value()));
    var tbs = new TBSRequest(null, new DERSequence(new Request(certId, null)), (Extensions) null);
    try {
      return Der.of(new OCSPRequest(tbs, null).getEncoded(ASN1Encoding.DER));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /// @throws MalformedOcspException if it is none, or an answer without certificates in it, such as
  ///   `tryLater`
  public static OcspAnswer parse(byte[] der) throws MalformedOcspException {
    if (der.length > MOST_BYTES) {
      throw new MalformedOcspException("an OCSP answer of " + der.length + " bytes");
    }
    try {
      Der.checkStructure(der);
      var response = OCSPResponse.getInstance(der);
      var bytes = response.getResponseBytes();
      if (bytes == null) {
        throw new MalformedOcspException(
            "OCSP answers with status " + response.getResponseStatus().getIntValue());
      }
      if (!bytes.getResponseType().equals(OCSPObjectIdentifiers.id_pkix_ocsp_basic)) {
        throw new MalformedOcspException("an OCSP answer of an unknown type");
      }
      return basic(BasicOCSPResponse.getInstance(bytes.getResponse().getOctets()));
    } catch (IllegalArgumentException
        | IllegalStateException
        | ArithmeticException
        | IOException
        | ParseException
        | MalformedDerException
        | MalformedCertificateException malformed) {
      throw new MalformedOcspException("not an OCSP answer in DER", malformed);
    }
  }

  public Instant producedAt() {
    return producedAt;
  }

  /// What it says of the certificate with this serial.
  public Optional<Single> about(Certificate issuer, SerialNumber serial) {
    return Optional.ofNullable(
        singles.get(new About(hex(nameHash(issuer)), hex(keyHash(issuer)), serial)));
  }

  /// Why it is not to be believed at `then`; empty if `issuer` signed it, or somebody to whom
  /// `issuer` itself gave a certificate for that (RFC 6960 section 4.2.2.2).
  public Optional<String> whyNotFrom(Certificate issuer, Instant then) {
    if (algorithm.isEmpty()) {
      return Optional.of("the OCSP answer is signed with an unknown algorithm");
    }
    if (isSignedBy(issuer)) {
      return Optional.empty();
    }
    var signer = certificates.stream().filter(this::isSignedBy).findFirst();
    if (signer.isEmpty()) {
      return Optional.of("the signature of the OCSP answer is by nobody who is known");
    }
    var delegate = signer.get();
    if (!delegate.issuer().matches(issuer.subject()) || !delegate.isSignedBy(issuer.publicKey())) {
      return Optional.of("the signer of the OCSP answer was not certified by the issuer");
    }
    if (!delegate.extendedKeyUsage().contains(OCSP_SIGNING)) {
      return Optional.of("the signer of the OCSP answer has no certificate for OCSP");
    }
    return delegate.isValidAt(then)
        ? Optional.empty()
        : Optional.of("the certificate of the signer of the OCSP answer was not valid then");
  }

  private boolean isSignedBy(Certificate by) {
    return algorithm
        .filter(known -> known.fits(by.publicKey().type()))
        .filter(known -> by.publicKey().verifies(known, signed, signature))
        .isPresent();
  }

  private static OcspAnswer basic(BasicOCSPResponse basic)
      throws IOException, ParseException, MalformedCertificateException {
    var data = basic.getTbsResponseData();
    var singles = new HashMap<About, Single>();
    for (var each : data.getResponses()) {
      var single = SingleResponse.getInstance(each);
      var id = single.getCertID();
      if (id.getHashAlgorithm().getAlgorithm().equals(OIWObjectIdentifiers.idSHA1)) {
        singles.put(
            new About(
                hex(id.getIssuerNameHash().getOctets()),
                hex(id.getIssuerKeyHash().getOctets()),
                new SerialNumber(id.getSerialNumber().getValue())),
            single(single));
      }
    }
    return new OcspAnswer(
        instant(data.getProducedAt()),
        Map.copyOf(singles),
        certificates(basic.getCerts()),
        SignatureAlgorithm.of(basic.getSignatureAlgorithm()),
        data.getEncoded(ASN1Encoding.DER),
        basic.getSignature().getOctets());
  }

  private static Single single(SingleResponse single) throws ParseException {
    var status = single.getCertStatus();
    var revoked =
        status.getTagNo() == 1
            ? Optional.of(RevokedInfo.getInstance(status.getStatus()))
            : Optional.<RevokedInfo>empty();
    var revokedAt =
        revoked.isPresent()
            ? Optional.of(instant(revoked.get().getRevocationTime()))
            : Optional.<Instant>empty();
    return new Single(
        switch (status.getTagNo()) {
          case 0 -> Status.GOOD;
          case 1 -> Status.REVOKED;
          default -> Status.UNKNOWN;
        },
        revokedAt,
        revoked.map(OcspAnswer::reason),
        instant(single.getThisUpdate()),
        single.getNextUpdate() == null
            ? Optional.empty()
            : Optional.of(instant(single.getNextUpdate())));
  }

  private static RevocationReason reason(RevokedInfo revoked) {
    var reason = revoked.getRevocationReason();
    return reason == null
        ? RevocationReason.UNSPECIFIED
        : RevocationReason.of(reason.getValue().intValueExact());
  }

  private static List<Certificate> certificates(@Nullable ASN1Sequence sequence)
      throws IOException, MalformedCertificateException {
    var certificates = new ArrayList<Certificate>();
    if (sequence != null) {
      for (var each : sequence) {
        certificates.add(Certificate.parse(each.toASN1Primitive().getEncoded(ASN1Encoding.DER)));
      }
    }
    return List.copyOf(certificates);
  }

  private static Instant instant(ASN1GeneralizedTime time) throws ParseException {
    return time.getDate().toInstant();
  }

  private static byte[] nameHash(Certificate issuer) {
    return sha1(issuer.subject().der().toByteArray());
  }

  private static byte[] keyHash(Certificate issuer) {
    return sha1(issuer.publicKey().keyBits());
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] sha1(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-1").digest(bytes);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
