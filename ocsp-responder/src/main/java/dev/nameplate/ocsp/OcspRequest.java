package dev.nameplate.ocsp;

import dev.nameplate.ca.x509.Der;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPRequest;
import org.bouncycastle.asn1.ocsp.Request;
import org.bouncycastle.asn1.ocsp.TBSRequest;
import org.bouncycastle.asn1.x509.Extensions;
import org.jspecify.annotations.Nullable;

/// What a relying party asks (RFC 6960 section 4.1). A signature on it is accepted and ignored:
/// whoever asks gets the same answer.
///
/// @param nonce to be echoed; 1 to 128 octets (RFC 9654)
record OcspRequest(List<CertId> certIds, Optional<Nonce> nonce) {

  private static final int LONGEST_NONCE = 128;

  /// Extensions that may be marked critical: the nonce is honoured; the others are wishes, and what
  /// they wish for is what everybody gets.
  private static final Set<ASN1ObjectIdentifier> UNDERSTOOD =
      Set.of(
          OCSPObjectIdentifiers.id_pkix_ocsp_nonce,
          OCSPObjectIdentifiers.id_pkix_ocsp_response,
          OCSPObjectIdentifiers.id_pkix_ocsp_pref_sig_algs);

  /// One certificate that is asked for.
  ///
  /// @param der the CertID as it was sent; the answer repeats it
  record CertId(Der der, IssuerHashes issuer, BigInteger serial) {}

  /// @param extension the content of the nonce extension, as it was sent
  record Nonce(Der extension) {}

  OcspRequest {
    certIds = List.copyOf(certIds);
  }

  /// Reads a request in DER.
  ///
  /// @throws MalformedOcspRequestException if it is none, or asks for more than `mostCertIds`
  static OcspRequest parse(byte[] encoded, int mostCertIds) throws MalformedOcspRequestException {
    try {
      var primitive = ASN1Primitive.fromByteArray(encoded);
      if (primitive == null || !Arrays.equals(primitive.getEncoded(ASN1Encoding.DER), encoded)) {
        throw new MalformedOcspRequestException("the OCSP request is not in DER");
      }
      return read(OCSPRequest.getInstance(primitive).getTbsRequest(), mostCertIds);
    } catch (IOException | RuntimeException malformed) {
      throw new MalformedOcspRequestException("not an OCSP request in DER");
    }
  }

  private static OcspRequest read(TBSRequest request, int mostCertIds)
      throws IOException, MalformedOcspRequestException {
    if (!request.getVersion().hasValue(0)) {
      throw new MalformedOcspRequestException("OCSP request version " + request.getVersion());
    }
    int size = request.getRequestList().size();
    if (size == 0 || size > mostCertIds) {
      throw new MalformedOcspRequestException(
          size + " certificates in one OCSP request; 1 to " + mostCertIds + " are answered");
    }
    requireUnderstood(request.getRequestExtensions());
    var certIds = new ArrayList<CertId>(size);
    for (ASN1Encodable element : request.getRequestList()) {
      certIds.add(certId(Request.getInstance(element)));
    }
    return new OcspRequest(certIds, nonce(request.getRequestExtensions()));
  }

  private static CertId certId(Request request) throws IOException, MalformedOcspRequestException {
    requireUnderstood(request.getSingleRequestExtensions());
    var id = request.getReqCert();
    var hex = HexFormat.of();
    return new CertId(
        Der.of(id.getEncoded(ASN1Encoding.DER)),
        new IssuerHashes(
            id.getHashAlgorithm().getAlgorithm().getId(),
            hex.formatHex(id.getIssuerNameHash().getOctets()),
            hex.formatHex(id.getIssuerKeyHash().getOctets())),
        id.getSerialNumber().getValue());
  }

  private static void requireUnderstood(@Nullable Extensions extensions)
      throws MalformedOcspRequestException {
    if (extensions == null) {
      return;
    }
    for (var oid : extensions.getCriticalExtensionOIDs()) {
      if (!UNDERSTOOD.contains(oid)) {
        throw new MalformedOcspRequestException("critical extension " + oid + " is not understood");
      }
    }
  }

  private static Optional<Nonce> nonce(@Nullable Extensions extensions)
      throws MalformedOcspRequestException {
    if (extensions == null) {
      return Optional.empty();
    }
    var extension = extensions.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce);
    if (extension == null) {
      return Optional.empty();
    }
    int octets = ASN1OctetString.getInstance(extension.getParsedValue()).getOctetsLength();
    if (octets < 1 || octets > LONGEST_NONCE) {
      throw new MalformedOcspRequestException("a nonce of " + octets + " octets; 1 to 128");
    }
    return Optional.of(new Nonce(Der.of(extension.getExtnValue().getOctets())));
  }
}
