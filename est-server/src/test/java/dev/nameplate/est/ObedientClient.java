package dev.nameplate.est;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.CsrAttributes;
import dev.nameplate.ca.x509.CsrAttributes.Element;
import dev.nameplate.ca.x509.CsrTemplate;
import dev.nameplate.ca.x509.ExpectedExtension;
import dev.nameplate.ca.x509.ExpectedKey;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.CertificationRequest;
import org.bouncycastle.asn1.pkcs.CertificationRequestInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/// Makes of what `/csrattrs` says a request that has all of it, and nothing else. What it is not
/// told it knows: its name, and the value of a challengePassword.
final class ObedientClient {

  private static final String COMMON_NAME = "2.5.4.3";

  private final String id;
  private final Map<KeyType, SoftwareKey> keys = new EnumMap<>(KeyType.class);

  ObedientClient(String id) {
    this.id = id;
  }

  /// As a client does who knows no templates.
  byte[] byList(CsrAttributes said) {
    var key = key(said);
    var attributes = new ArrayList<Attribute>();
    for (var element : said.elements()) {
      switch (element) {
        case Element.Oid(var oid) when oid.equals(CsrAttributes.CHALLENGE_PASSWORD) ->
            attributes.add(
                new Attribute(
                    new ASN1ObjectIdentifier(oid), new DERSet(new DERPrintableString("dGxz"))));
        case Element.Oid(var oid) when oid.equals(CsrAttributes.EST_IDENTITY_LINKING) -> {
          // the other one was given
        }
        case Element.Oid(var oid) -> {
          if (!oid.equals(key.algorithm().oid())) {
            throw new AssertionError("what is " + oid + "?");
          }
        }
        case Element.Key _ -> {
          // its key is of that kind
        }
        case Element.ExtensionRequest(var extensions) -> attributes.add(request(extensions));
        case Element.Template _ -> {
          // unknown to it
        }
        case Element.Other(var type, _) -> throw new AssertionError("what is " + type + "?");
      }
    }
    return sign(new X500Name("CN=" + id), key, attributes);
  }

  /// As a client does who knows them.
  byte[] byTemplate(CsrTemplate template) {
    var key = template.key().flatMap(ExpectedKey::type).map(this::key).orElseThrow();
    var attributes = new ArrayList<Attribute>();
    if (!template.extensions().isEmpty()) {
      attributes.add(request(template.extensions()));
    }
    if (!template.attributes().isEmpty()) {
      throw new AssertionError("what are " + template.attributes() + "?");
    }
    return sign(subject(template), key, attributes);
  }

  private SoftwareKey key(CsrAttributes said) {
    for (var element : said.elements()) {
      if (element instanceof Element.Key(var expected)) {
        return key(expected.type().orElseThrow());
      }
      if (element instanceof Element.Oid(var oid)
          && new ExpectedKey.Named(oid).type().isPresent()) {
        return key(new ExpectedKey.Named(oid).type().get());
      }
    }
    throw new AssertionError("no key is named in " + said);
  }

  private SoftwareKey key(KeyType type) {
    return keys.computeIfAbsent(type, SoftwareKey::generate);
  }

  private X500Name subject(CsrTemplate template) {
    var rdns = new ArrayList<RDN>();
    for (var rdn : template.subject()) {
      var parts = new ArrayList<AttributeTypeAndValue>();
      for (var part : rdn) {
        parts.add(
            new AttributeTypeAndValue(
                new ASN1ObjectIdentifier(part.type()),
                part.value()
                    .<ASN1Encodable>map(value -> primitive(value.toByteArray()))
                    .orElseGet(() -> own(part.type()))));
      }
      rdns.add(new RDN(parts.toArray(AttributeTypeAndValue[]::new)));
    }
    return new X500Name(rdns.toArray(RDN[]::new));
  }

  private ASN1Encodable own(String type) {
    if (!type.equals(COMMON_NAME)) {
      throw new AssertionError("what is my " + type + "?");
    }
    return new DERUTF8String(id);
  }

  private static Attribute request(List<ExpectedExtension> extensions) {
    var all = new ArrayList<Extension>();
    for (var extension : extensions) {
      all.add(
          new Extension(
              new ASN1ObjectIdentifier(extension.oid()),
              extension.critical(),
              new DEROctetString(extension.value().orElseThrow().toByteArray())));
    }
    return new Attribute(
        PKCSObjectIdentifiers.pkcs_9_at_extensionRequest,
        new DERSet(new Extensions(all.toArray(Extension[]::new))));
  }

  private static byte[] sign(X500Name subject, SoftwareKey key, List<Attribute> attributes) {
    var set = new ASN1EncodableVector();
    attributes.forEach(set::add);
    var info =
        new CertificationRequestInfo(
            subject,
            SubjectPublicKeyInfo.getInstance(key.publicKey().spki().toByteArray()),
            new DERSet(set));
    try {
      var signature = key.sign(info.getEncoded(ASN1Encoding.DER));
      return new CertificationRequest(
              info, key.algorithm().identifier(), new DERBitString(signature))
          .getEncoded(ASN1Encoding.DER);
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static ASN1Primitive primitive(byte[] der) {
    try {
      return ASN1Primitive.fromByteArray(der);
    } catch (IOException malformed) {
      throw new IllegalStateException(malformed);
    }
  }
}
