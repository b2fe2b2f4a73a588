package dev.nameplate.est;

import dev.nameplate.ca.enrollment.CertificateTemplate;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.EnrollmentRules.Linking;
import dev.nameplate.ca.x509.CsrAttributes;
import dev.nameplate.ca.x509.CsrAttributes.Element;
import dev.nameplate.ca.x509.CsrTemplate;
import dev.nameplate.ca.x509.CsrTemplate.NamePart;
import dev.nameplate.ca.x509.ExpectedKey;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/// What a request under a profile should look like (RFC 7030 section 4.5): computed from the
/// profile, so that a request made exactly so is accepted. There is always something to say, for a
/// profile always names a key.
final class ExpectedRequest {

  private static final String COMMON_NAME = "2.5.4.3";

  private ExpectedRequest() {}

  /// The list of RFC 8951, and behind it the template of RFC 9908: a client that does not know
  /// templates passes over it, and one that does looks at nothing else. That is why a label which
  /// requires linking sends none: a template cannot ask for an attribute whose value it does not
  /// know, so such a client would never hear of challengePassword.
  static CsrAttributes of(CertificateProfile profile) {
    var elements = new LinkedHashSet<Element>();
    var linked =
        profile.enrollment().filter(rules -> rules.linking() == Linking.REQUIRED).isPresent();
    if (linked) {
      // one of them will do; RFC 7894 section 3.3 has clients prefer the second if they know it
      elements.add(new Element.Oid(CsrAttributes.CHALLENGE_PASSWORD));
      elements.add(new Element.Oid(CsrAttributes.EST_IDENTITY_LINKING));
    }
    var type = profile.preferredKey();
    var key = ExpectedKey.of(type);
    elements.add(key.element());
    elements.add(new Element.ExtensionRequest(CertificateTemplate.usage(profile)));
    elements.add(new Element.Oid(SignatureAlgorithm.of(type).oid()));
    if (!linked) {
      elements.add(
          new Element.Template(
              new CsrTemplate(
                  subject(profile),
                  Optional.of(key),
                  CertificateTemplate.usage(profile),
                  List.of())));
    }
    return new CsrAttributes(List.copyOf(elements));
  }

  /// The name that a device was registered under is its own to fill in.
  private static List<List<NamePart>> subject(CertificateProfile profile) {
    return switch (profile.subject()) {
      case OWNER_ID -> List.of(List.of(new NamePart(COMMON_NAME, Optional.empty())));
      case AS_REQUESTED -> List.of();
    };
  }
}
