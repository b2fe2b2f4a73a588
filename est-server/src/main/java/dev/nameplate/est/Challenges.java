package dev.nameplate.est;

import dev.nameplate.ca.enrollment.SecretHash;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.EnrollmentRules;
import dev.nameplate.ca.profile.EnrollmentRules.Credential;
import dev.nameplate.ca.profile.EnrollmentRules.SecretScheme;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// How a label asks for a secret (RFC 7235 section 4.1), the strongest way first: Bouncy Castle's
/// client looks at the first one only, accepts nothing in it but realm, qop, algorithm, nonce and
/// opaque, and wants each in quotes.
final class Challenges {

  private static final String BASIC = "Basic realm=\"" + SecretHash.REALM + "\"";

  private final DigestNonces nonces;

  Challenges(DigestNonces nonces) {
    this.nonces = nonces;
  }

  /// How a secret may be shown under a label; not at all where none lets anybody in.
  static Set<SecretScheme> offered(CertificateProfile profile) {
    return profile
        .enrollment()
        .filter(rules -> rules.credentials().contains(Credential.SECRET))
        .map(EnrollmentRules::secrets)
        .orElse(Set.of());
  }

  /// @param stale whether the secret was right, and only the nonce was not good any more
  List<String> of(CertificateProfile profile, boolean stale) {
    var challenges = new ArrayList<String>();
    if (offered(profile).contains(SecretScheme.DIGEST)) {
      challenges.add(
          "Digest realm=\"%s\", qop=\"auth\", algorithm=\"SHA-256\", nonce=\"%s\"%s"
              .formatted(SecretHash.REALM, nonces.next(), stale ? ", stale=true" : ""));
    }
    if (offered(profile).contains(SecretScheme.BASIC)) {
      challenges.add(BASIC);
    }
    return challenges;
  }
}
