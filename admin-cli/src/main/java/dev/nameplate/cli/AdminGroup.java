package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate admin …`.
@Command(
    name = "admin",
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Administrators: made, given roles, renewed and taken back.",
      "",
      "Roles: viewer, auditor, line-operator, device-admin, revoker, ca-admin, security-officer."
    })
final class AdminGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
