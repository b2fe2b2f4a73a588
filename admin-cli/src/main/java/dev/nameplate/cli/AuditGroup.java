package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate audit …`.
@Command(name = "audit", description = "The audit log.")
final class AuditGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
