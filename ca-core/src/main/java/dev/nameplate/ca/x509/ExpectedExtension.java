package dev.nameplate.ca.x509;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Boolean;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;

/// An extension that a server would like to find in a request.
///
/// @param value its content in DER; empty if the client fills it in
public record ExpectedExtension(String oid, boolean critical, Optional<Der> value) {

  private static final int MOST = 32;

  /// Extensions, or the ExtensionReqTemplate of RFC 9908, where values may be missing.
  static DERSequence sequence(List<ExpectedExtension> extensions) {
    var sequence = new ASN1EncodableVector();
    for (var extension : extensions) {
      var parts = new ASN1EncodableVector();
      parts.add(new ASN1ObjectIdentifier(extension.oid));
      if (extension.critical) {
        parts.add(ASN1Boolean.TRUE);
      }
      extension.value.ifPresent(value -> parts.add(new DEROctetString(value.toByteArray())));
      sequence.add(new DERSequence(parts));
    }
    return new DERSequence(sequence);
  }

  /// @throws IllegalArgumentException if they are none
  static List<ExpectedExtension> list(ASN1Encodable encoded) {
    var sequence = ASN1Sequence.getInstance(encoded);
    if (sequence.size() > MOST) {
      throw new IllegalArgumentException(sequence.size() + " extensions");
    }
    var extensions = new ArrayList<ExpectedExtension>();
    for (ASN1Encodable element : sequence) {
      extensions.add(one(ASN1Sequence.getInstance(element)));
    }
    return extensions;
  }

  static void refuseRepetition(List<ExpectedExtension> extensions) {
    var seen = new HashSet<String>();
    for (var extension : extensions) {
      if (!seen.add(extension.oid)) {
        throw new IllegalArgumentException("the extension " + extension.oid + " twice");
      }
    }
  }

  private static ExpectedExtension one(ASN1Sequence parts) {
    int at = 0;
    var oid = ASN1ObjectIdentifier.getInstance(parts.getObjectAt(at++));
    var critical = false;
    if (at < parts.size() && parts.getObjectAt(at) instanceof ASN1Boolean said) {
      critical = said.isTrue();
      at++;
    }
    Optional<Der> value = Optional.empty();
    if (at < parts.size()) {
      value = Optional.of(Der.of(ASN1OctetString.getInstance(parts.getObjectAt(at++)).getOctets()));
    }
    if (at != parts.size()) {
      throw new IllegalArgumentException("an extension of " + parts.size() + " parts");
    }
    return new ExpectedExtension(oid.getId(), critical, value);
  }
}
