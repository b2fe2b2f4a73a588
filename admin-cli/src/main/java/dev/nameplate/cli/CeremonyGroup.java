package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "ceremony",
    description = {
      "The key ceremony of a root that is offline: its key is made and used on a machine that is"
          + " connected to nothing, in the hands of several people, and what it signed comes to the"
          + " server in files.",
      "",
      "In order:",
      "  online   nameplate init --ceremony --dir np --org \"Acme Devices\" --host pki.acme.example",
      "  offline  nameplate ceremony root --dir root",
      "  online   nameplate ceremony issuing request --dir np",
      "  offline  nameplate ceremony issuing sign --dir root",
      "  online   nameplate ceremony import --dir np",
      "  offline  nameplate ceremony crl --dir root        before the CRL is over; then, online,",
      "           nameplate crl import",
      "",
      "docs/ceremony.md says who has to be there, and what it proves."
    })
final class CeremonyGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
