package dev.nameplate.ca.x509;

import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/// A certification request with blanks, which the client fills in: the
/// CertificationRequestInfoTemplate of RFC 9908 section 3.4.
///
/// @param subject the RDNs, each with its parts; empty if the subject does not matter
/// @param key empty if the key does not matter
/// @param extensions in one extensionRequest, or in one extensionReqTemplate if a value is missing
/// @param attributes all others
public record CsrTemplate(
    List<List<NamePart>> subject,
    Optional<ExpectedKey> key,
    List<ExpectedExtension> extensions,
    List<CsrAttributes.Element.Other> attributes) {

  /// One type of an RDN.
  ///
  /// @param value in DER; empty if the client fills it in
  public record NamePart(String type, Optional<Der> value) {}

  /// id-aa-extensionReqTemplate.
  private static final ASN1ObjectIdentifier EXTENSIONS =
      new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.2.62");

  private static final int KEY = 0;
  private static final int ATTRIBUTES = 1;
  private static final int MOST = 16;

  public CsrTemplate {
    subject = subject.stream().map(List::copyOf).toList();
    if (subject.stream().anyMatch(List::isEmpty)) {
      throw new IllegalArgumentException("an RDN without a part");
    }
    extensions = List.copyOf(extensions);
    ExpectedExtension.refuseRepetition(extensions);
    attributes = List.copyOf(attributes);
    for (var attribute : attributes) {
      if (isExtensions(new ASN1ObjectIdentifier(attribute.type()))) {
        throw new IllegalArgumentException("extensions in a second place");
      }
      if (attribute.values().isEmpty()) {
        throw new IllegalArgumentException("the attribute " + attribute.type() + " has no value");
      }
    }
  }

  DERSequence toAsn1() throws IOException {
    var parts = new ASN1EncodableVector();
    parts.add(new ASN1Integer(0));
    if (!subject.isEmpty()) {
      parts.add(name());
    }
    key.ifPresent(expected ->
        parts.add(new DERTaggedObject(false, KEY, (ASN1Encodable) keyTemplate(expected))));
    parts.add(new DERTaggedObject(false, ATTRIBUTES, attributeSet()));
    return new DERSequence(parts);
  }

  /// @throws IllegalArgumentException if it is none
  static CsrTemplate fromAsn1(ASN1Encodable encoded) throws IOException {
    var parts = ASN1Sequence.getInstance(encoded);
    int at = 0;
    if (!ASN1Integer.getInstance(parts.getObjectAt(at++)).hasValue(0)) {
      throw new IllegalArgumentException("a template of another version");
    }
    List<List<NamePart>> subject = List.of();
    if (parts.getObjectAt(at) instanceof ASN1Sequence name) {
      subject = subject(name);
      at++;
    }
    Optional<ExpectedKey> key = Optional.empty();
    var next = ASN1TaggedObject.getInstance(parts.getObjectAt(at++));
    if (next.hasContextTag(KEY)) {
      key = Optional.of(expectedKey(ASN1Sequence.getInstance(next, false)));
      next = ASN1TaggedObject.getInstance(parts.getObjectAt(at++));
    }
    if (!next.hasContextTag(ATTRIBUTES) || at != parts.size()) {
      throw new IllegalArgumentException("a template of other parts");
    }
    return withAttributes(subject, key, ASN1Set.getInstance(next, false));
  }

  private static CsrTemplate withAttributes(
      List<List<NamePart>> subject, Optional<ExpectedKey> key, ASN1Set set) throws IOException {
    refuseMore(set.size());
    List<ExpectedExtension> extensions = List.of();
    var others = new ArrayList<CsrAttributes.Element.Other>();
    for (ASN1Encodable element : set) {
      var attribute = Attribute.getInstance(element);
      var values = attribute.getAttrValues();
      if (!isExtensions(attribute.getAttrType())) {
        var ders = new ArrayList<Der>();
        for (ASN1Encodable value : values) {
          ders.add(der(value));
        }
        others.add(new CsrAttributes.Element.Other(attribute.getAttrType().getId(), ders));
        continue;
      }
      if (!extensions.isEmpty() || values.size() != 1) {
        throw new IllegalArgumentException("extensions in a second place");
      }
      extensions = ExpectedExtension.list(values.getObjectAt(0));
    }
    return new CsrTemplate(subject, key, extensions, others);
  }

  private DERSequence name() throws IOException {
    var name = new ASN1EncodableVector();
    for (var rdn : subject) {
      var set = new ASN1EncodableVector();
      for (var part : rdn) {
        var typeAndValue = new ASN1EncodableVector();
        typeAndValue.add(new ASN1ObjectIdentifier(part.type()));
        if (part.value().isPresent()) {
          typeAndValue.add(ASN1Primitive.fromByteArray(part.value().get().toByteArray()));
        }
        set.add(new DERSequence(typeAndValue));
      }
      name.add(new DERSet(set));
    }
    return new DERSequence(name);
  }

  /// The size of an RSA key is said by a placeholder of that size, which is nobody's key.
  private static DERSequence keyTemplate(ExpectedKey key) {
    var parts = new ASN1EncodableVector();
    switch (key) {
      case ExpectedKey.Ec(var curve) ->
          parts.add(
              new AlgorithmIdentifier(
                  X9ObjectIdentifiers.id_ecPublicKey, new ASN1ObjectIdentifier(curve)));
      case ExpectedKey.Rsa(var bits) -> {
        parts.add(new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE));
        if (bits.isPresent()) {
          parts.add(placeholder(bits.getAsInt()));
        }
      }
      case ExpectedKey.Named(var algorithm) ->
          parts.add(new AlgorithmIdentifier(new ASN1ObjectIdentifier(algorithm)));
    }
    return new DERSequence(parts);
  }

  private static ExpectedKey expectedKey(ASN1Sequence template) {
    if (template.size() < 1 || template.size() > 2) {
      throw new IllegalArgumentException("a key template of " + template.size() + " parts");
    }
    var algorithm = AlgorithmIdentifier.getInstance(template.getObjectAt(0));
    if (algorithm.getAlgorithm().equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      return new ExpectedKey.Ec(
          ASN1ObjectIdentifier.getInstance(algorithm.getParameters()).getId());
    }
    if (algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption)) {
      return template.size() == 1
          ? new ExpectedKey.Rsa(OptionalInt.empty())
          : ExpectedKey.Rsa.of(modulus(template.getObjectAt(1)).bitLength());
    }
    return new ExpectedKey.Named(algorithm.getAlgorithm().getId());
  }

  private static DERBitString placeholder(int bits) {
    var modulus = BigInteger.ONE.shiftLeft(bits - 1).setBit(0);
    try {
      return new DERBitString(new RSAPublicKey(modulus, BigInteger.valueOf(65537)));
    } catch (IOException impossible) {
      throw new IllegalStateException("a key that cannot be encoded", impossible);
    }
  }

  private static BigInteger modulus(ASN1Encodable key) {
    return RSAPublicKey.getInstance(ASN1BitString.getInstance(key).getOctets()).getModulus();
  }

  private DERSet attributeSet() throws IOException {
    var set = new ASN1EncodableVector();
    if (!extensions.isEmpty()) {
      var complete = extensions.stream().allMatch(extension -> extension.value().isPresent());
      set.add(
          CsrAttributes.attribute(
              complete ? PKCSObjectIdentifiers.pkcs_9_at_extensionRequest : EXTENSIONS,
              ExpectedExtension.sequence(extensions)));
    }
    for (var attribute : attributes) {
      var values = new ASN1EncodableVector();
      for (var value : attribute.values()) {
        values.add(ASN1Primitive.fromByteArray(value.toByteArray()));
      }
      set.add(new Attribute(new ASN1ObjectIdentifier(attribute.type()), new DERSet(values)));
    }
    return new DERSet(set);
  }

  private static List<List<NamePart>> subject(ASN1Sequence name) throws IOException {
    refuseMore(name.size());
    var rdns = new ArrayList<List<NamePart>>();
    for (ASN1Encodable each : name) {
      var rdn = ASN1Set.getInstance(each);
      refuseMore(rdn.size());
      var parts = new ArrayList<NamePart>();
      for (ASN1Encodable element : rdn) {
        var part = ASN1Sequence.getInstance(element);
        if (part.size() > 2) {
          throw new IllegalArgumentException("a name part of " + part.size() + " parts");
        }
        parts.add(
            new NamePart(
                ASN1ObjectIdentifier.getInstance(part.getObjectAt(0)).getId(),
                part.size() == 1 ? Optional.empty() : Optional.of(der(part.getObjectAt(1)))));
      }
      rdns.add(parts);
    }
    return rdns;
  }

  private static boolean isExtensions(ASN1ObjectIdentifier type) {
    return type.equals(EXTENSIONS) || type.equals(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest);
  }

  private static Der der(ASN1Encodable value) throws IOException {
    return Der.of(value.toASN1Primitive().getEncoded(ASN1Encoding.DER));
  }

  private static void refuseMore(int size) {
    if (size > MOST) {
      throw new IllegalArgumentException(size + " parts; at most " + MOST);
    }
  }
}
