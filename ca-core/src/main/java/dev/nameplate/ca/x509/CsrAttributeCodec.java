package dev.nameplate.ca.x509;

import dev.nameplate.ca.x509.CsrAttribute.AsymmetricDecryptKeyIdentifier;
import dev.nameplate.ca.x509.CsrAttribute.ChallengePassword;
import dev.nameplate.ca.x509.CsrAttribute.ChangeSubjectName;
import dev.nameplate.ca.x509.CsrAttribute.DecryptKeyIdentifier;
import dev.nameplate.ca.x509.CsrAttribute.EstIdentityLinking;
import dev.nameplate.ca.x509.CsrAttribute.ExtensionRequest;
import dev.nameplate.ca.x509.CsrAttribute.OtpChallenge;
import dev.nameplate.ca.x509.CsrAttribute.RevocationChallenge;
import dev.nameplate.ca.x509.CsrAttribute.SmimeCapabilities;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1BMPString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1PrintableString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.ASN1T61String;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.ASN1UTF8String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralNames;

/// The attributes of a request, as bytes and as values.
final class CsrAttributeCodec {

  private static final int MOST_ATTRIBUTES = 16;
  private static final int MOST_EXTENSIONS = 32;
  private static final int MOST_NAMES = 32;
  private static final int MOST_CAPABILITIES = 32;
  private static final int LONGEST_IDENTIFIER = 255;

  /// The types of attribute that are read.
  private enum Kind {
    CHALLENGE_PASSWORD("challengePassword", PKCSObjectIdentifiers.pkcs_9_at_challengePassword),
    OTP_CHALLENGE("otpChallenge", PKCSObjectIdentifiers.id_aa_otpChallenge),
    REVOCATION_CHALLENGE("revocationChallenge", PKCSObjectIdentifiers.id_aa_revocationChallenge),
    EST_IDENTITY_LINKING("estIdentityLinking", PKCSObjectIdentifiers.id_aa_estIdentityLinking),
    CHANGE_SUBJECT_NAME("changeSubjectName", new ASN1ObjectIdentifier("1.3.6.1.5.5.7.7.36")),
    DECRYPT_KEY_IDENTIFIER("decryptKeyIdentifier", PKCSObjectIdentifiers.id_aa_decryptKeyID),
    ASYMMETRIC_DECRYPT_KEY_IDENTIFIER(
        "asymmetricDecryptKeyIdentifier", PKCSObjectIdentifiers.id_aa_asymmDecryptKeyID),
    SMIME_CAPABILITIES("smimeCapabilities", PKCSObjectIdentifiers.pkcs_9_at_smimeCapabilities),
    EXTENSION_REQUEST("extensionRequest", PKCSObjectIdentifiers.pkcs_9_at_extensionRequest);

    private final String text;
    private final ASN1ObjectIdentifier oid;

    Kind(String text, ASN1ObjectIdentifier oid) {
      this.text = text;
      this.oid = oid;
    }

    static Optional<Kind> of(ASN1ObjectIdentifier oid) {
      return Arrays.stream(values()).filter(kind -> kind.oid.equals(oid)).findFirst();
    }
  }

  /// Attributes that prove possession on one connection only, and so differ between two sendings of
  /// one request: challengePassword, and the three of RFC 7894.
  private static final Set<ASN1ObjectIdentifier> PROOFS =
      Set.of(
          Kind.CHALLENGE_PASSWORD.oid,
          Kind.OTP_CHALLENGE.oid,
          Kind.REVOCATION_CHALLENGE.oid,
          Kind.EST_IDENTITY_LINKING.oid);

  private CsrAttributeCodec() {}

  static List<CsrAttribute> decode(ASN1Set attributes) throws MalformedCsrException {
    if (attributes.size() > MOST_ATTRIBUTES) {
      throw new MalformedCsrException(
          attributes.size() + " attributes; at most " + MOST_ATTRIBUTES);
    }
    var found = new ArrayList<CsrAttribute>();
    var seen = new HashSet<Kind>();
    for (ASN1Encodable element : attributes) {
      var attribute = Attribute.getInstance(element);
      var kind = Kind.of(attribute.getAttrType());
      if (kind.isEmpty()) {
        continue;
      }
      var name = kind.get().text;
      if (!seen.add(kind.get())) {
        throw new MalformedCsrException("more than one " + name);
      }
      if (attribute.getAttrValues().size() != 1) {
        throw new MalformedCsrException(
            name + " with " + attribute.getAttrValues().size() + " values instead of one");
      }
      try {
        found.add(decode(kind.get(), attribute.getAttrValues().getObjectAt(0)));
      } catch (MalformedDerException fault) {
        throw new MalformedCsrException("a malformed " + name + ": " + fault.reason());
      } catch (IOException | RuntimeException fault) {
        throw new MalformedCsrException("a malformed " + name);
      }
    }
    return List.copyOf(found);
  }

  static ASN1Set encode(List<CsrAttribute> attributes) throws IOException {
    var encoded = new ASN1EncodableVector();
    for (var attribute : attributes) {
      encoded.add(
          switch (attribute) {
            case ChallengePassword(var text) -> text(Kind.CHALLENGE_PASSWORD, text);
            case OtpChallenge(var text) -> text(Kind.OTP_CHALLENGE, text);
            case RevocationChallenge(var text) -> text(Kind.REVOCATION_CHALLENGE, text);
            case EstIdentityLinking(var text) -> text(Kind.EST_IDENTITY_LINKING, text);
            case ChangeSubjectName change -> attribute(Kind.CHANGE_SUBJECT_NAME, encode(change));
            case DecryptKeyIdentifier(var identifier) ->
                attribute(
                    Kind.DECRYPT_KEY_IDENTIFIER, new DEROctetString(identifier.toByteArray()));
            case AsymmetricDecryptKeyIdentifier(var identifier) ->
                attribute(
                    Kind.ASYMMETRIC_DECRYPT_KEY_IDENTIFIER,
                    new DEROctetString(identifier.toByteArray()));
            case SmimeCapabilities(var capabilities) ->
                attribute(Kind.SMIME_CAPABILITIES, encodeCapabilities(capabilities));
            case ExtensionRequest(var extensions) ->
                attribute(Kind.EXTENSION_REQUEST, encodeExtensions(extensions));
          });
    }
    return new DERSet(encoded);
  }

  /// Those that would be the same on another connection.
  static ASN1Set withoutProofs(ASN1Set attributes) {
    var kept = new ASN1EncodableVector();
    for (ASN1Encodable element : attributes) {
      if (!PROOFS.contains(Attribute.getInstance(element).getAttrType())) {
        kept.add(element);
      }
    }
    return new DERSet(kept);
  }

  /// Whether it is one that [#withoutProofs] leaves out.
  static boolean isProof(CsrAttribute attribute) {
    return switch (attribute) {
      case ChallengePassword _, OtpChallenge _, RevocationChallenge _, EstIdentityLinking _ -> true;
      case ChangeSubjectName _,
          DecryptKeyIdentifier _,
          AsymmetricDecryptKeyIdentifier _,
          SmimeCapabilities _,
          ExtensionRequest _ ->
          false;
    };
  }

  /// GeneralNames, all of them decoded once.
  static Der generalNames(byte[] encoded) throws MalformedDerException {
    Der.checkStructure(encoded);
    try {
      var names = GeneralNames.getInstance(encoded);
      int size = names.getNames().length;
      if (size < 1 || size > MOST_NAMES) {
        throw new MalformedDerException(size + " names; there must be 1 to " + MOST_NAMES);
      }
      if (!Arrays.equals(names.getEncoded(ASN1Encoding.DER), encoded)) {
        throw new MalformedDerException("names that are not in DER");
      }
      return Der.of(encoded);
    } catch (IOException | RuntimeException malformed) {
      throw new MalformedDerException("names that cannot be decoded");
    }
  }

  private static CsrAttribute decode(Kind kind, ASN1Encodable value)
      throws IOException, MalformedDerException {
    return switch (kind) {
      case CHALLENGE_PASSWORD -> new ChallengePassword(text(value));
      case OTP_CHALLENGE -> new OtpChallenge(text(value));
      case REVOCATION_CHALLENGE -> new RevocationChallenge(text(value));
      case EST_IDENTITY_LINKING -> new EstIdentityLinking(text(value));
      case CHANGE_SUBJECT_NAME -> changeSubjectName(ASN1Sequence.getInstance(value));
      case DECRYPT_KEY_IDENTIFIER -> new DecryptKeyIdentifier(identifier(value));
      case ASYMMETRIC_DECRYPT_KEY_IDENTIFIER ->
          new AsymmetricDecryptKeyIdentifier(identifier(value));
      case SMIME_CAPABILITIES -> capabilities(ASN1Sequence.getInstance(value));
      case EXTENSION_REQUEST -> extensions(ASN1Sequence.getInstance(value));
    };
  }

  /// A DirectoryString, or the IA5String that OpenSSL can be told to send.
  private static String text(ASN1Encodable value) throws MalformedDerException {
    var text =
        switch (value) {
          case ASN1UTF8String string -> string.getString();
          case ASN1PrintableString string -> string.getString();
          case ASN1IA5String string -> string.getString();
          case ASN1BMPString string -> string.getString();
          case ASN1T61String string -> string.getString();
          default -> throw new MalformedDerException("not a text");
        };
    if (text.isEmpty() || text.length() > CsrAttribute.LONGEST_TEXT) {
      throw new MalformedDerException(
          "a text of %d characters; it must have 1 to %d"
              .formatted(text.length(), CsrAttribute.LONGEST_TEXT));
    }
    return text;
  }

  private static Der identifier(ASN1Encodable value) throws MalformedDerException {
    byte[] octets = ASN1OctetString.getInstance(value).getOctets();
    if (octets.length < 1 || octets.length > LONGEST_IDENTIFIER) {
      throw new MalformedDerException(
          "%d octets; it must have 1 to %d".formatted(octets.length, LONGEST_IDENTIFIER));
    }
    return Der.of(octets);
  }

  /// Both parts are SEQUENCEs without a tag, so what is in them has to tell one from the other: a
  /// name consists of SETs, a GeneralName has a tag. Erratum 3943 gives the second the tag 1.
  private static ChangeSubjectName changeSubjectName(ASN1Sequence sequence)
      throws IOException, MalformedDerException {
    Optional<DistinguishedName> subject = Optional.empty();
    Optional<Der> names = Optional.empty();
    for (ASN1Encodable part : sequence) {
      if (part instanceof ASN1TaggedObject tagged && tagged.hasContextTag(1) && names.isEmpty()) {
        names = Optional.of(generalNames(der(ASN1Sequence.getInstance(tagged, false))));
      } else if (isGeneralNames(part) && names.isEmpty()) {
        names = Optional.of(generalNames(der(part)));
      } else if (!isGeneralNames(part) && subject.isEmpty() && names.isEmpty()) {
        subject = Optional.of(DistinguishedName.read(der(part)));
      } else {
        throw new MalformedDerException("not at most a name and then at most GeneralNames");
      }
    }
    if (subject.isEmpty() && names.isEmpty()) {
      throw new MalformedDerException("neither a subject nor a subjectAltName");
    }
    return new ChangeSubjectName(subject, names);
  }

  private static boolean isGeneralNames(ASN1Encodable part) {
    return part instanceof ASN1Sequence names
        && names.size() > 0
        && names.getObjectAt(0) instanceof ASN1TaggedObject;
  }

  private static SmimeCapabilities capabilities(ASN1Sequence sequence)
      throws IOException, MalformedDerException {
    if (sequence.size() < 1 || sequence.size() > MOST_CAPABILITIES) {
      throw new MalformedDerException(
          sequence.size() + " capabilities; there must be 1 to " + MOST_CAPABILITIES);
    }
    var capabilities = new ArrayList<SmimeCapability>();
    for (ASN1Encodable element : sequence) {
      var capability = ASN1Sequence.getInstance(element);
      if (capability.size() > 2) {
        throw new MalformedDerException("a capability of more than an algorithm and parameters");
      }
      capabilities.add(
          new SmimeCapability(
              ASN1ObjectIdentifier.getInstance(capability.getObjectAt(0)).getId(),
              capability.size() == 2
                  ? Optional.of(Der.of(der(capability.getObjectAt(1))))
                  : Optional.empty()));
    }
    return new SmimeCapabilities(capabilities);
  }

  private static ExtensionRequest extensions(ASN1Sequence sequence) throws MalformedDerException {
    if (sequence.size() < 1 || sequence.size() > MOST_EXTENSIONS) {
      throw new MalformedDerException(
          sequence.size() + " extensions; there must be 1 to " + MOST_EXTENSIONS);
    }
    var extensions = new ArrayList<RequestedExtension>();
    var seen = new HashSet<ASN1ObjectIdentifier>();
    for (ASN1Encodable element : sequence) {
      var extension = Extension.getInstance(element);
      if (!seen.add(extension.getExtnId())) {
        throw new MalformedDerException("the extension " + extension.getExtnId() + " twice");
      }
      extensions.add(
          new RequestedExtension(
              extension.getExtnId().getId(),
              extension.isCritical(),
              Der.of(extension.getExtnValue().getOctets())));
    }
    return new ExtensionRequest(extensions);
  }

  private static ASN1Encodable encode(ChangeSubjectName change) throws IOException {
    var parts = new ASN1EncodableVector();
    if (change.subject().isPresent()) {
      parts.add(ASN1Primitive.fromByteArray(change.subject().get().der().toByteArray()));
    }
    if (change.subjectAltName().isPresent()) {
      parts.add(ASN1Primitive.fromByteArray(change.subjectAltName().get().toByteArray()));
    }
    return new DERSequence(parts);
  }

  private static ASN1Encodable encodeCapabilities(List<SmimeCapability> capabilities)
      throws IOException {
    var encoded = new ASN1EncodableVector();
    for (var capability : capabilities) {
      var parts = new ASN1EncodableVector();
      parts.add(new ASN1ObjectIdentifier(capability.oid()));
      if (capability.parameters().isPresent()) {
        parts.add(ASN1Primitive.fromByteArray(capability.parameters().get().toByteArray()));
      }
      encoded.add(new DERSequence(parts));
    }
    return new DERSequence(encoded);
  }

  private static ASN1Encodable encodeExtensions(List<RequestedExtension> extensions) {
    return new Extensions(
        extensions.stream()
            .map(extension ->
                new Extension(
                    new ASN1ObjectIdentifier(extension.oid()),
                    extension.critical(),
                    extension.value().toByteArray()))
            .toArray(Extension[]::new));
  }

  /// The form that RFC 7030 section 3.5 asks for, and UTF-8 for what does not go into it.
  private static Attribute text(Kind kind, String text) {
    ASN1String string =
        DERPrintableString.isPrintableString(text)
            ? new DERPrintableString(text)
            : new DERUTF8String(text);
    return attribute(kind, (ASN1Encodable) string);
  }

  private static Attribute attribute(Kind kind, ASN1Encodable value) {
    return new Attribute(kind.oid, new DERSet(value));
  }

  private static byte[] der(ASN1Encodable value) throws IOException {
    return value.toASN1Primitive().getEncoded(ASN1Encoding.DER);
  }
}
