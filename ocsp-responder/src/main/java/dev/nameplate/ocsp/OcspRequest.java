package dev.nameplate.ocsp;

import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.MalformedDerException;
import java.io.IOException;
import java.io.UncheckedIOException;
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
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPRequest;
import org.bouncycastle.asn1.ocsp.Request;
import org.bouncycastle.asn1.ocsp.TBSRequest;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extensions;
import org.jspecify.annotations.Nullable;

/// What a relying party asks (RFC 6960 section 4.1). A signature on it is accepted and ignored:
/// whoever asks gets the same answer.
///
/// @param nonce to be echoed; 1 to 128 octets (RFC 9654)
/// @param preferred the OIDs of the signature algorithms that are wished for (RFC 6960 section
///   4.4.7.1), the best first
record OcspRequest(List<CertId> certIds, Optional<Nonce> nonce, List<String> preferred) {

  private static final int LONGEST_NONCE = 128;
  private static final int MOST_ALGORITHMS = 32;

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
  /// @param usual whether its hash has no parameters, or NULL: any number of others would name the
  ///   same certificate
  record CertId(Der der, IssuerHashes issuer, BigInteger serial, boolean usual) {}

  /// @param extension the content of the nonce extension, as it was sent
  record Nonce(Der extension) {}

  OcspRequest {
    certIds = List.copyOf(certIds);
    preferred = List.copyOf(preferred);
  }

  OcspRequest withoutNonce() {
    return nonce.isEmpty() ? this : new OcspRequest(certIds, Optional.empty(), preferred);
  }

  /// The same with a wish for an algorithm, or with none if that is empty.
  OcspRequest preferring(String algorithm) {
    return new OcspRequest(certIds, nonce, algorithm.isEmpty() ? List.of() : List.of(algorithm));
  }

  /// The request for one certificate and nothing else, in DER.
  static byte[] plain(CertId certId) {
    var request = new Request(CertID.getInstance(certId.der().toByteArray()), null);
    var tbs = new TBSRequest(null, new DERSequence(request), (Extensions) null);
    try {
      return new OCSPRequest(tbs, null).getEncoded(ASN1Encoding.DER);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /// Reads a request in DER.
  ///
  /// @throws MalformedOcspRequestException if it is none, or asks for more than `mostCertIds`
  static OcspRequest parse(byte[] encoded, int mostCertIds) throws MalformedOcspRequestException {
    try {
      // deep nests and long identifiers cost the decoder more than they cost who sends them
      Der.checkStructure(encoded);
      var primitive = ASN1Primitive.fromByteArray(encoded);
      if (primitive == null || !Arrays.equals(primitive.getEncoded(ASN1Encoding.DER), encoded)) {
        throw new MalformedOcspRequestException("the OCSP request is not in DER");
      }
      return read(OCSPRequest.getInstance(primitive).getTbsRequest(), mostCertIds);
    } catch (IOException | MalformedDerException | RuntimeException malformed) {
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
    return new OcspRequest(
        certIds, nonce(request.getRequestExtensions()), preferred(request.getRequestExtensions()));
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
        id.getSerialNumber().getValue(),
        isUsual(id.getHashAlgorithm().getParameters()));
  }

  private static boolean isUsual(@Nullable ASN1Encodable parameters) {
    return parameters == null || DERNull.INSTANCE.equals(parameters);
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

  private static List<String> preferred(@Nullable Extensions extensions)
      throws MalformedOcspRequestException {
    if (extensions == null) {
      return List.of();
    }
    var extension = extensions.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_pref_sig_algs);
    if (extension == null) {
      return List.of();
    }
    var wishes = ASN1Sequence.getInstance(extension.getParsedValue());
    if (wishes.size() > MOST_ALGORITHMS) {
      throw new MalformedOcspRequestException(
          wishes.size() + " preferred signature algorithms; at most " + MOST_ALGORITHMS);
    }
    var preferred = new ArrayList<String>();
    for (ASN1Encodable wish : wishes) {
      var identifier = ASN1Sequence.getInstance(wish).getObjectAt(0);
      preferred.add(AlgorithmIdentifier.getInstance(identifier).getAlgorithm().getId());
    }
    return preferred;
  }
}
