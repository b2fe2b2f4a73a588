package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import java.util.List;

/// Finds the authority that somebody means.
final class Issuers {

  private static final String SEE = "; see: nameplate issuer list";

  private Issuers() {}

  /// @param text the beginning of its id, or its role if no other has had it
  /// @return its whole id
  /// @throws CommandFailure if none is like that, or several are
  static String find(AdminClient client, String text) {
    List<AdminApi.Issuer> all = client.get(AdminApi.Issuers.class, "issuers").items();
    var found =
        all.stream()
            .filter(issuer -> !text.isBlank())
            .filter(issuer -> issuer.role().equals(text) || issuer.id().startsWith(text))
            .toList();
    if (found.isEmpty()) {
      throw CommandFailure.of(
          ExitCode.NOT_FOUND, "no issuer has the id or role '" + text + "'" + SEE);
    }
    if (found.size() > 1) {
      throw CommandFailure.error("several issuers have the role or beginning " + text + SEE);
    }
    return found.getFirst().id();
  }
}
