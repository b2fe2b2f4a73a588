package dev.nameplate.ca.x509;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/// What a server would like to find in a certification request: the `CsrAttrs` of RFC 7030 section
/// 4.5.2, as RFC 8951 section 4 and RFC 9908 have it.
public record CsrAttributes(List<Element> elements) {

  /// The attribute that ties a request to its connection (RFC 7030 section 3.5).
  public static final String CHALLENGE_PASSWORD = "1.2.840.113549.1.9.7";

  /// The identity of RFC 7894 section 3.3, which takes the place of challengePassword.
  public static final String EST_IDENTITY_LINKING = "1.2.840.113549.1.9.16.2.58";

  /// id-aa-certificationRequestInfoTemplate.
  static final ASN1ObjectIdentifier TEMPLATE =
      new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.2.61");

  private static final int LARGEST = 16 * 1024;
  private static final int MOST_ELEMENTS = 64;

  /// One AttrOrOID; those that we know by what they mean.
  public sealed interface Element {

    /// Something that should be there, whose value the client knows: an attribute, or the algorithm
    /// of the signature.
    record Oid(String value) implements Element {}

    /// The key that should be certified; see [ExpectedKey#element].
    record Key(ExpectedKey key) implements Element {
      public Key {
        if (key instanceof ExpectedKey.Named
            || key.equals(new ExpectedKey.Rsa(OptionalInt.empty()))) {
          throw new IllegalArgumentException(key + " is a mere OID in a list");
        }
      }
    }

    /// The extensionRequest that should be there (id-ExtensionReq), each with its value.
    record ExtensionRequest(List<ExpectedExtension> extensions) implements Element {
      public ExtensionRequest {
        extensions = List.copyOf(extensions);
        if (extensions.isEmpty()
            || extensions.stream().anyMatch(extension -> extension.value().isEmpty())) {
          throw new IllegalArgumentException("an extensionRequest in which a value is missing");
        }
        ExpectedExtension.refuseRepetition(extensions);
      }
    }

    /// A whole request, to be filled in. A client that understands it looks at nothing else.
    record Template(CsrTemplate template) implements Element {}

    /// Any other attribute, with its values in DER.
    record Other(String type, List<Der> values) implements Element {
      public Other {
        values = List.copyOf(values);
      }
    }
  }

  public CsrAttributes {
    elements = List.copyOf(elements);
    refuseTwo(elements, Element.Key.class, "key types");
    refuseTwo(elements, Element.ExtensionRequest.class, "extensionRequests");
    refuseTwo(elements, Element.Template.class, "templates");
  }

  /// Reads an answer in DER. An extensionRequest whose value is none, as early servers sent it, is
  /// some [Element.Other].
  ///
  /// @throws MalformedCsrAttributesException if it is no CsrAttrs, or says something twice
  public static CsrAttributes parse(byte[] encoded) throws MalformedCsrAttributesException {
    if (encoded.length > LARGEST) {
      throw new MalformedCsrAttributesException(
          "CSR attributes of " + encoded.length + " bytes; at most " + LARGEST);
    }
    try {
      var sequence = ASN1Sequence.getInstance(ASN1Primitive.fromByteArray(encoded));
      if (!Arrays.equals(sequence.getEncoded(ASN1Encoding.DER), encoded)) {
        throw new MalformedCsrAttributesException("CSR attributes that are not in DER");
      }
      if (sequence.size() > MOST_ELEMENTS) {
        throw new MalformedCsrAttributesException(
            sequence.size() + " CSR attributes; at most " + MOST_ELEMENTS);
      }
      var elements = new ArrayList<Element>();
      for (ASN1Encodable element : sequence) {
        elements.add(element(element));
      }
      return new CsrAttributes(elements);
    } catch (IOException | RuntimeException malformed) {
      throw new MalformedCsrAttributesException("not the CSR attributes of RFC 7030 in DER");
    }
  }

  /// The template, which a client that understands it uses instead of all the rest.
  public Optional<CsrTemplate> template() {
    return elements.stream()
        .filter(Element.Template.class::isInstance)
        .map(element -> ((Element.Template) element).template())
        .findFirst();
  }

  public boolean isEmpty() {
    return elements.isEmpty();
  }

  /// The CsrAttrs in DER.
  public Der der() {
    try {
      var sequence = new ASN1EncodableVector();
      for (var element : elements) {
        sequence.add(encode(element));
      }
      return Der.of(new DERSequence(sequence).getEncoded(ASN1Encoding.DER));
    } catch (IOException impossible) {
      throw new IllegalStateException("CSR attributes that cannot be encoded", impossible);
    }
  }

  private static ASN1Encodable encode(Element element) throws IOException {
    return switch (element) {
      case Element.Oid(var value) -> new ASN1ObjectIdentifier(value);
      case Element.Key(var key) -> keyType(key);
      case Element.ExtensionRequest(var extensions) ->
          attribute(
              PKCSObjectIdentifiers.pkcs_9_at_extensionRequest,
              ExpectedExtension.sequence(extensions));
      case Element.Template(var template) -> attribute(TEMPLATE, template.toAsn1());
      case Element.Other(var type, var values) -> {
        var set = new ASN1EncodableVector();
        for (var value : values) {
          set.add(ASN1Primitive.fromByteArray(value.toByteArray()));
        }
        yield new Attribute(new ASN1ObjectIdentifier(type), new DERSet(set));
      }
    };
  }

  /// `ecPublicKey { curve }` or `rsaEncryption { bits }`.
  private static Attribute keyType(ExpectedKey key) {
    return switch (key) {
      case ExpectedKey.Ec(var curve) ->
          attribute(X9ObjectIdentifiers.id_ecPublicKey, new ASN1ObjectIdentifier(curve));
      case ExpectedKey.Rsa(var bits) ->
          attribute(PKCSObjectIdentifiers.rsaEncryption, new ASN1Integer(bits.orElseThrow()));
      case ExpectedKey.Named(var algorithm) ->
          throw new IllegalStateException(algorithm + " has no value in a list");
    };
  }

  static Attribute attribute(ASN1ObjectIdentifier type, ASN1Encodable value) {
    return new Attribute(type, new DERSet(value));
  }

  private static Element element(ASN1Encodable element) throws IOException {
    if (element instanceof ASN1ObjectIdentifier oid) {
      return new Element.Oid(oid.getId());
    }
    var attribute = Attribute.getInstance(element);
    var type = attribute.getAttrType();
    if (attribute.getAttrValues().size() == 1) {
      var value = attribute.getAttrValues().getObjectAt(0);
      if (type.equals(TEMPLATE)) {
        return new Element.Template(CsrTemplate.fromAsn1(value));
      }
      if (type.equals(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest)
          && value instanceof ASN1Sequence) {
        Extensions.getInstance(value);
        return new Element.ExtensionRequest(ExpectedExtension.list(value));
      }
      if (type.equals(X9ObjectIdentifiers.id_ecPublicKey)
          && value instanceof ASN1ObjectIdentifier curve) {
        return new Element.Key(new ExpectedKey.Ec(curve.getId()));
      }
      if (type.equals(PKCSObjectIdentifiers.rsaEncryption) && value instanceof ASN1Integer bits) {
        return new Element.Key(ExpectedKey.Rsa.of(bits.intValueExact()));
      }
    }
    var values = new ArrayList<Der>();
    for (ASN1Encodable value : attribute.getAttrValues()) {
      values.add(Der.of(value.toASN1Primitive().getEncoded(ASN1Encoding.DER)));
    }
    return new Element.Other(type.getId(), values);
  }

  private static void refuseTwo(
      List<Element> elements, Class<? extends Element> kind, String what) {
    var count = elements.stream().filter(kind::isInstance).count();
    if (count > 1) {
      throw new IllegalArgumentException(count + " " + what + "; one is possible");
    }
  }
}
