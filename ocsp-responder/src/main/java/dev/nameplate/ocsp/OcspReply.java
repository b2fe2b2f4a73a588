package dev.nameplate.ocsp;

import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.RevocationReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Object;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERGeneralizedTime;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.ocsp.BasicOCSPResponse;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.CertStatus;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPResponse;
import org.bouncycastle.asn1.ocsp.OCSPResponseStatus;
import org.bouncycastle.asn1.ocsp.ResponderID;
import org.bouncycastle.asn1.ocsp.ResponseBytes;
import org.bouncycastle.asn1.ocsp.ResponseData;
import org.bouncycastle.asn1.ocsp.RevokedInfo;
import org.bouncycastle.asn1.ocsp.SingleResponse;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;

/// An OCSPResponse in DER (RFC 6960 section 4.2). Times are whole seconds.
final class OcspReply {

  private static final DateTimeFormatter GENERALIZED_TIME =
      DateTimeFormatter.ofPattern("uuuuMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  /// What is known of one certificate that was asked for.
  record Single(OcspRequest.CertId certId, CertificateStatus status) {}

  private OcspReply() {}

  /// An answer about certificates, in the order of the request.
  ///
  /// @throws SigningException if the key is away, or what came back is not its signature: then
  ///   there is no answer
  static Der signed(
      OcspSigner signer,
      List<Single> singles,
      Optional<OcspRequest.Nonce> nonce,
      Instant thisUpdate,
      Instant nextUpdate) {
    var data =
        new ResponseData(
            new ResponderID(
                new DEROctetString(CertIdHash.SHA1.digest(signer.key().publicKey().keyBits()))),
            time(thisUpdate),
            responses(singles, thisUpdate, nextUpdate),
            nonce.map(OcspReply::echo).orElse(null));
    byte[] tbs = encode(data);
    var algorithm = signer.key().algorithm();
    byte[] signature = signer.key().sign(tbs);
    if (!signer.certificate().publicKey().verifies(algorithm, tbs, signature)) {
      throw new SigningException("a wrong signature by the OCSP signer " + signer.certificate());
    }
    var certificate = Certificate.getInstance(signer.certificate().der().toByteArray());
    var basic =
        new BasicOCSPResponse(
            data,
            algorithm.identifier(),
            new DERBitString(signature),
            new DERSequence(certificate));
    return Der.of(
        encode(
            new OCSPResponse(
                new OCSPResponseStatus(OCSPResponseStatus.SUCCESSFUL),
                new ResponseBytes(
                    OCSPObjectIdentifiers.id_pkix_ocsp_basic, new DEROctetString(encode(basic))))));
  }

  /// An answer that says only why there is none. Not signed, as RFC 6960 section 2.3 has it.
  static Der error(OcspError error) {
    return Der.of(encode(new OCSPResponse(new OCSPResponseStatus(error.code()), null)));
  }

  private static DERSequence responses(
      List<Single> singles, Instant thisUpdate, Instant nextUpdate) {
    var responses = new ASN1EncodableVector(singles.size());
    for (var single : singles) {
      responses.add(
          new SingleResponse(
              CertID.getInstance(single.certId().der().toByteArray()),
              status(single.status()),
              time(thisUpdate),
              time(nextUpdate),
              (Extensions) null));
    }
    return new DERSequence(responses);
  }

  private static CertStatus status(CertificateStatus status) {
    return switch (status) {
      case CertificateStatus.Good _ -> new CertStatus();
      case CertificateStatus.Revoked(var at, var reason, _) ->
          // as in a CRL, unspecified is said by saying nothing
          new CertStatus(
              reason == RevocationReason.UNSPECIFIED
                  ? new RevokedInfo(time(at))
                  : new RevokedInfo(time(at), CRLReason.lookup(reason.code())));
      case CertificateStatus.Reserved _, CertificateStatus.NeverIssued _ ->
          new CertStatus(2, DERNull.INSTANCE);
    };
  }

  private static Extensions echo(OcspRequest.Nonce nonce) {
    return new Extensions(
        new Extension(
            OCSPObjectIdentifiers.id_pkix_ocsp_nonce, false, nonce.extension().toByteArray()));
  }

  private static ASN1GeneralizedTime time(Instant instant) {
    return new DERGeneralizedTime(GENERALIZED_TIME.format(instant));
  }

  private static byte[] encode(ASN1Object value) {
    try {
      return value.getEncoded(ASN1Encoding.DER);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }
}
