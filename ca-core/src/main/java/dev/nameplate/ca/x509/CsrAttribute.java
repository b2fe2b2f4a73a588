package dev.nameplate.ca.x509;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/// What a certification request says beside name and key, as far as EST knows it. Each can be in a
/// request once, with one value; attributes of other types are passed over.
public sealed interface CsrAttribute {

  /// In characters.
  int LONGEST_TEXT = 255;

  /// RFC 2985 section 5.4.1; in EST the value of RFC 7030 section 3.5 that ties the request to its
  /// connection.
  record ChallengePassword(String text) implements CsrAttribute {
    public ChallengePassword {
      checkText("challengePassword", text);
    }
  }

  /// A one-time password (RFC 7894 section 3.1).
  record OtpChallenge(String text) implements CsrAttribute {
    public OtpChallenge {
      checkText("otpChallenge", text);
    }
  }

  /// A password for a later revocation (RFC 7894 section 3.2).
  record RevocationChallenge(String text) implements CsrAttribute {
    public RevocationChallenge {
      checkText("revocationChallenge", text);
    }
  }

  /// The value of RFC 7030 section 3.5 in an attribute of its own (RFC 7894 section 3.3).
  record EstIdentityLinking(String text) implements CsrAttribute {
    public EstIdentityLinking {
      checkText("estIdentityLinking", text);
    }
  }

  /// The names that the certificate is to have in place of those in the request (RFC 6402 section
  /// 2.8): an empty subject if there is none here, no subjectAltName if there is none here.
  ///
  /// @param subjectAltName GeneralNames, as [SubjectAltName] makes them
  record ChangeSubjectName(Optional<DistinguishedName> subject, Optional<Der> subjectAltName)
      implements CsrAttribute {
    public ChangeSubjectName {
      if (subject.isEmpty() && subjectAltName.isEmpty()) {
        throw new IllegalArgumentException("a changeSubjectName without a name");
      }
    }
  }

  /// The name of a symmetric key that a generated private key is to be encrypted with (RFC 7030
  /// section 4.4.1.1). `identifier` is what is in the OCTET STRING, any bytes.
  record DecryptKeyIdentifier(Der identifier) implements CsrAttribute {}

  /// The name of an asymmetric key for the same (RFC 7030 section 4.4.1.2).
  record AsymmetricDecryptKeyIdentifier(Der identifier) implements CsrAttribute {}

  /// The algorithms that the sender can decrypt with, the best first (RFC 8551 section 2.5.2).
  record SmimeCapabilities(List<SmimeCapability> capabilities) implements CsrAttribute {
    public SmimeCapabilities {
      if (capabilities.isEmpty()) {
        throw new IllegalArgumentException("smimeCapabilities without any");
      }
      capabilities = List.copyOf(capabilities);
    }
  }

  /// The extensions that the certificate is to have (RFC 2985 section 5.4.2).
  record ExtensionRequest(List<RequestedExtension> extensions) implements CsrAttribute {
    public ExtensionRequest {
      if (extensions.isEmpty()) {
        throw new IllegalArgumentException("an extensionRequest without extensions");
      }
      var oids = new HashSet<String>();
      for (var extension : extensions) {
        if (!oids.add(extension.oid())) {
          throw new IllegalArgumentException("the extension " + extension.oid() + " twice");
        }
      }
      extensions = List.copyOf(extensions);
    }

    public ExtensionRequest(RequestedExtension... extensions) {
      this(List.of(extensions));
    }
  }

  private static void checkText(String name, String text) {
    if (text.isEmpty() || text.length() > LONGEST_TEXT) {
      throw new IllegalArgumentException(
          "%s of %d characters; it must have 1 to %d".formatted(name, text.length(), LONGEST_TEXT));
    }
  }
}
