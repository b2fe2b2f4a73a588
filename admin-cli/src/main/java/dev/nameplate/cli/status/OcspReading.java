package dev.nameplate.cli.status;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.text.ParseException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ocsp.BasicOCSPResponse;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.CertStatus;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPResponse;
import org.bouncycastle.asn1.ocsp.RevokedInfo;
import org.bouncycastle.asn1.ocsp.SingleResponse;
import org.jspecify.annotations.Nullable;

/// An OCSP answer as it came (RFC 6960 section 4.2). Nothing in it is checked yet.
public sealed interface OcspReading {

  /// No answer about certificates.
  ///
  /// @param status as RFC 6960 counts: 1 is malformedRequest, 3 tryLater, 6 unauthorized
  record NoAnswer(int status) implements OcspReading {

    private static final List<String> WORDS =
        List.of(
            "successful",
            "malformedRequest",
            "internalError",
            "tryLater",
            "4",
            "sigRequired",
            "unauthorized");

    @Override
    public String toString() {
      return status >= 0 && status < WORDS.size() ? WORDS.get(status) : Integer.toString(status);
    }
  }

  /// What it says about certificates, with a signature.
  ///
  /// @param nonce empty if there is none
  /// @param certificates that came along
  record Answer(
      Instant producedAt,
      List<Single> singles,
      Optional<String> nonce,
      List<X509Certificate> certificates,
      SignedBytes signed)
      implements OcspReading {

    /// What it says about the certificate of `question`.
    public Optional<Single> about(OcspQuestion question) {
      return singles.stream().filter(single -> question.isAbout(single.certId())).findFirst();
    }

    /// Whether this key made the signature.
    public boolean isSignedBy(PublicKey key) {
      return signed.isSignedBy(key);
    }
  }

  /// @param since when it was revoked; empty unless it is
  /// @param reason a number as in RFC 5280 section 5.3.1; empty if it is not said
  record Single(
      CertID certId,
      Status status,
      Optional<Instant> since,
      Optional<Integer> reason,
      Instant thisUpdate,
      Optional<Instant> nextUpdate) {

    public BigInteger serial() {
      return certId.getSerialNumber().getValue();
    }
  }

  /// What RFC 6960 knows.
  enum Status {
    GOOD,
    REVOKED,
    UNKNOWN;

    @Override
    public String toString() {
      return switch (this) {
        case GOOD -> "good";
        case REVOKED -> "revoked";
        case UNKNOWN -> "unknown";
      };
    }
  }

  /// @throws MalformedStatusException if it is not an OCSPResponse
  static OcspReading parse(byte[] der) throws MalformedStatusException {
    try {
      var response = OCSPResponse.getInstance(der);
      int status = response.getResponseStatus().getIntValue();
      var bytes = response.getResponseBytes();
      if (bytes == null) {
        return new NoAnswer(status);
      }
      if (!bytes.getResponseType().equals(OCSPObjectIdentifiers.id_pkix_ocsp_basic)) {
        throw new MalformedStatusException(
            "an OCSP answer of the unknown type " + bytes.getResponseType());
      }
      return answer(BasicOCSPResponse.getInstance(bytes.getResponse().getOctets()));
    } catch (IllegalArgumentException
        | IllegalStateException
        | IOException
        | ParseException
        | CertificateException malformed) {
      throw new MalformedStatusException("not an OCSP answer in DER", malformed);
    }
  }

  private static Answer answer(BasicOCSPResponse basic)
      throws IOException, ParseException, CertificateException {
    var data = basic.getTbsResponseData();
    var singles = new ArrayList<Single>();
    for (var each : data.getResponses()) {
      singles.add(single(SingleResponse.getInstance(each)));
    }
    var extensions = Optional.ofNullable(data.getResponseExtensions());
    var nonce =
        extensions
            .map(all -> all.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce))
            .map(extension -> HexFormat.of().formatHex(extension.getExtnValue().getOctets()));
    return new Answer(
        instant(data.getProducedAt()),
        List.copyOf(singles),
        nonce,
        certificates(basic.getCerts()),
        new SignedBytes(
            data.getEncoded(), basic.getSignatureAlgorithm(), basic.getSignature().getOctets()));
  }

  private static Single single(SingleResponse single) throws ParseException {
    var status = single.getCertStatus();
    var revoked =
        status.getTagNo() == 1
            ? Optional.of(RevokedInfo.getInstance(status.getStatus()))
            : Optional.<RevokedInfo>empty();
    var since = Optional.<Instant>empty();
    var reason = Optional.<Integer>empty();
    if (revoked.isPresent()) {
      since = Optional.of(instant(revoked.get().getRevocationTime()));
      reason =
          Optional.ofNullable(revoked.get().getRevocationReason())
              .map(known -> known.getValue().intValue());
    }
    return new Single(
        single.getCertID(),
        status(status),
        since,
        reason,
        instant(single.getThisUpdate()),
        single.getNextUpdate() == null
            ? Optional.empty()
            : Optional.of(instant(single.getNextUpdate())));
  }

  private static Status status(CertStatus status) {
    return switch (status.getTagNo()) {
      case 0 -> Status.GOOD;
      case 1 -> Status.REVOKED;
      default -> Status.UNKNOWN;
    };
  }

  private static List<X509Certificate> certificates(@Nullable ASN1Sequence sequence)
      throws IOException, CertificateException {
    var certificates = new ArrayList<X509Certificate>();
    if (sequence != null) {
      var factory = CertificateFactory.getInstance("X.509");
      for (var each : sequence) {
        var der = each.toASN1Primitive().getEncoded();
        certificates.add(
            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
      }
    }
    return List.copyOf(certificates);
  }

  private static Instant instant(ASN1GeneralizedTime time) throws ParseException {
    return time.getDate().toInstant();
  }
}
