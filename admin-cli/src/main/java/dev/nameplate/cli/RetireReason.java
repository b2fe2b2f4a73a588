package dev.nameplate.cli;

import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.server.admin.AdminApi;
import picocli.CommandLine.Option;

/// Why somebody is retired.
final class RetireReason {

  @Option(
      names = "--reason",
      paramLabel = "REASON",
      defaultValue = "cessationOfOperation",
      description = {
        "Why, in the words of RFC 5280: cessationOfOperation, keyCompromise, superseded,"
            + " affiliationChanged, privilegeWithdrawn or unspecified. Default: ${DEFAULT-VALUE}."
      })
  RevocationReason reason = RevocationReason.CESSATION_OF_OPERATION;

  AdminApi.Retire body() {
    return new AdminApi.Retire(reason.rfcName());
  }
}
