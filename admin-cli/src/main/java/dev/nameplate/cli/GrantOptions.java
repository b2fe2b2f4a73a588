package dev.nameplate.cli;

import dev.nameplate.ca.admin.AdminRole;
import dev.nameplate.ca.admin.Scope;
import dev.nameplate.server.admin.AdministratorApi;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// Roles, and where they may be used.
final class GrantOptions {

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      required = true,
      description =
          "viewer, auditor, line-operator, device-admin, revoker, ca-admin or security-officer;"
              + " may be given more than once.")
  List<String> roles = new ArrayList<>();

  @Option(
      names = "--group",
      paramLabel = "GROUP",
      description =
          "Only for the devices of this group. Of several of these limits, any one is enough;"
              + " without any, the roles hold everywhere.")
  List<String> groups = new ArrayList<>();

  @Option(names = "--lot", paramLabel = "LOT", description = "Only for the devices of this lot.")
  List<String> lots = new ArrayList<>();

  @Option(names = "--site", paramLabel = "SITE", description = "Only for the devices at this site.")
  List<String> sites = new ArrayList<>();

  @Option(
      names = "--ca",
      paramLabel = "ROLE",
      description =
          "Only for the authority with this role, as `nameplate issuer list` has it, and what it"
              + " issues.")
  List<String> authorities = new ArrayList<>();

  /// Each role in each scope.
  ///
  /// @throws CommandFailure if one of them is none
  List<AdministratorApi.Grant> grants() {
    var scopes = new ArrayList<String>();
    groups.forEach(value -> scopes.add("group=" + value));
    lots.forEach(value -> scopes.add("lot=" + value));
    sites.forEach(value -> scopes.add("site=" + value));
    authorities.forEach(value -> scopes.add("ca=" + value));
    if (scopes.isEmpty()) {
      scopes.add(Scope.EVERYWHERE.toString());
    }
    var grants = new ArrayList<AdministratorApi.Grant>();
    for (var role : roles) {
      for (var scope : scopes) {
        grants.add(checked(role, scope));
      }
    }
    return grants;
  }

  private static AdministratorApi.Grant checked(String role, String scope) {
    try {
      return new AdministratorApi.Grant(AdminRole.of(role).text(), Scope.of(scope).toString());
    } catch (IllegalArgumentException wrong) {
      throw CommandFailure.of(ExitCode.USAGE, String.valueOf(wrong.getMessage())).because(wrong);
    }
  }
}
