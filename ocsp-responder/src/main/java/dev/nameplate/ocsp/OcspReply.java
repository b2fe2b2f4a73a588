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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Object;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERGeneralizedTime;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.CertStatus;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPResponse;
import org.bouncycastle.asn1.ocsp.OCSPResponseStatus;
import org.bouncycastle.asn1.ocsp.ResponseData;
import org.bouncycastle.asn1.ocsp.RevokedInfo;
import org.bouncycastle.asn1.ocsp.SingleResponse;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.jspecify.annotations.Nullable;

/// An OCSPResponse in DER (RFC 6960 section 4.2). Times are whole seconds.
final class OcspReply {

  private static final DateTimeFormatter GENERALIZED_TIME =
      DateTimeFormatter.ofPattern("uuuuMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final ASN1ObjectIdentifier EXTENDED_REVOKE =
      new ASN1ObjectIdentifier("1.3.6.1.5.5.7.48.1.9");

  static final byte SEQUENCE = 0x30;
  static final byte FIRST_FIELD = (byte) 0xa0;
  private static final byte OCTET_STRING = 4;
  private static final byte[] SUCCESSFUL =
      encode(new OCSPResponseStatus(OCSPResponseStatus.SUCCESSFUL));
  private static final byte[] BASIC = encode(OCSPObjectIdentifiers.id_pkix_ocsp_basic);

  /// certificateHold, as a CRLReason.
  static final int HOLD = 6;

  /// What is known of one certificate that was asked for.
  record Single(OcspRequest.CertId certId, CertificateStatus status) {}

  /// What an answer says.
  ///
  /// @param singles in the order of the request
  /// @param archiveCutoff since when expired certificates are answered for, if that is said
  /// @param neverIssuedIsRevoked whether a serial that nobody used is revoked (RFC 6960 section
  ///   2.2) and not unknown
  record Content(
      List<Single> singles,
      Optional<OcspRequest.Nonce> nonce,
      Instant thisUpdate,
      Instant nextUpdate,
      Optional<Instant> archiveCutoff,
      boolean neverIssuedIsRevoked) {

    Content {
      singles = List.copyOf(singles);
    }
  }

  private OcspReply() {}

  /// An answer about certificates.
  ///
  /// @throws SigningException if the key is away, or what came back is not its signature: then
  ///   there is no answer
  static Der signed(OcspSigner signer, Content content) {
    var data =
        new ResponseData(
            signer.id(), time(content.thisUpdate()), responses(content), extensions(content));
    byte[] tbs = encode(data);
    var algorithm = signer.key().algorithm();
    byte[] signature = signer.key().sign(tbs);
    // checked once: a check costs as much as the rest of the answer
    if (!signer.key().checksItself()
        && !signer.certificate().publicKey().verifies(algorithm, tbs, signature)) {
      throw new SigningException("a wrong signature by the OCSP signer " + signer.certificate());
    }
    byte[] basic =
        wrapped(
            SEQUENCE,
            tbs,
            encode(algorithm.identifier()),
            encode(new DERBitString(signature)),
            signer.certificates());
    byte[] response = wrapped(SEQUENCE, BASIC, wrapped(OCTET_STRING, basic));
    return Der.of(wrapped(SEQUENCE, SUCCESSFUL, wrapped(FIRST_FIELD, response)));
  }

  /// A value around what is DER already.
  static byte[] wrapped(byte tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    int octets = length < 0x80 ? 0 : (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
    byte[] value = new byte[2 + octets + length];
    value[0] = tag;
    value[1] = (byte) (octets == 0 ? length : 0x80 | octets);
    int at = 2;
    for (int octet = octets - 1; octet >= 0; octet--) {
      value[at++] = (byte) (length >> (8 * octet));
    }
    for (byte[] part : parts) {
      System.arraycopy(part, 0, value, at, part.length);
      at += part.length;
    }
    return value;
  }

  /// An answer that says only why there is none. Not signed, as RFC 6960 section 2.3 has it.
  static Der error(OcspError error) {
    return Der.of(encode(new OCSPResponse(new OCSPResponseStatus(error.code()), null)));
  }

  private static DERSequence responses(Content content) {
    var responses = new ASN1EncodableVector(content.singles().size());
    for (var single : content.singles()) {
      responses.add(
          new SingleResponse(
              CertID.getInstance(single.certId().der().toByteArray()),
              status(single.status(), content.neverIssuedIsRevoked()),
              time(content.thisUpdate()),
              time(content.nextUpdate()),
              content.archiveCutoff().map(OcspReply::archiveCutoff).orElse(null)));
    }
    return new DERSequence(responses);
  }

  private static CertStatus status(CertificateStatus status, boolean neverIssuedIsRevoked) {
    return switch (status) {
      case CertificateStatus.Good _ -> new CertStatus();
      case CertificateStatus.Revoked(var at, var reason, _) ->
          // as in a CRL, unspecified is said by saying nothing
          reason == RevocationReason.UNSPECIFIED
              ? new CertStatus(new RevokedInfo(time(at)))
              : revoked(at, reason.code());
      case CertificateStatus.NeverIssued _ when neverIssuedIsRevoked ->
          revoked(Instant.EPOCH, HOLD);
      case CertificateStatus.Reserved _, CertificateStatus.NeverIssued _ ->
          new CertStatus(2, DERNull.INSTANCE);
    };
  }

  private static CertStatus revoked(Instant at, int reason) {
    return new CertStatus(new RevokedInfo(time(at), CRLReason.lookup(reason)));
  }

  private static @Nullable Extensions extensions(Content content) {
    var extensions = new ArrayList<Extension>();
    content
        .nonce()
        .map(nonce ->
            extension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce, nonce.extension().toByteArray()))
        .ifPresent(extensions::add);
    if (content.neverIssuedIsRevoked() && hasNeverIssued(content)) {
      extensions.add(extension(EXTENDED_REVOKE, encode(DERNull.INSTANCE)));
    }
    return extensions.isEmpty() ? null : new Extensions(extensions.toArray(Extension[]::new));
  }

  private static boolean hasNeverIssued(Content content) {
    return content.singles().stream()
        .map(Single::status)
        .anyMatch(CertificateStatus.NeverIssued.class::isInstance);
  }

  private static Extensions archiveCutoff(Instant since) {
    return new Extensions(
        extension(OCSPObjectIdentifiers.id_pkix_ocsp_archive_cutoff, encode(time(since))));
  }

  private static Extension extension(ASN1ObjectIdentifier oid, byte[] value) {
    return new Extension(oid, false, value);
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
