package dev.nameplate.server;

import dev.nameplate.ca.enrollment.Authentication;
import dev.nameplate.ca.enrollment.SecretHash;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.EnrollmentRules.SecretScheme;
import java.io.IOException;
import java.util.HexFormat;

/// How those who ask a node for something are recognised.
final class Credentials {

  private final Node node;
  private final Core core;

  Credentials(Node node, Core core) {
    this.node = node;
    this.core = core;
  }

  Authentication authentication() {
    return new Authentication(
        core.database().owners(),
        core.database().certificates(),
        core.database().audit(),
        secretHash(),
        node.profiles()::find,
        node.clock());
  }

  boolean offersDigest(String label) {
    return node.profiles()
        .find(label)
        .flatMap(CertificateProfile::enrollment)
        .filter(rules -> rules.secrets().contains(SecretScheme.DIGEST))
        .isPresent();
  }

  SecretHash secretHash() {
    try {
      return new SecretHash(
          HexFormat.of().parseHex(PrivateFile.read(node.settings().secretsKey()).strip()));
    } catch (IOException | IllegalArgumentException unusable) {
      throw new IllegalStateException(
          "the key of enrollment secrets cannot be used: " + unusable.getMessage(), unusable);
    }
  }
}
