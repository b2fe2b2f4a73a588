package dev.nameplate.cli;

import dev.nameplate.server.admin.AdministratorApi;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/// Grants, as people read them.
final class AdminListing {

  private AdminListing() {}

  static String words(List<AdministratorApi.Grant> grants) {
    return grants.isEmpty()
        ? "nothing"
        : grants.stream().map(AdminListing::words).collect(Collectors.joining(", "));
  }

  static String words(AdministratorApi.Grant grant) {
    var role = Objects.requireNonNullElse(grant.role(), "");
    var scope = Objects.requireNonNullElse(grant.scope(), "*");
    return scope.equals("*") ? role : role + " of " + scope;
  }
}
