package dev.nameplate.cli;

import dev.nameplate.ca.x509.NameConstraints;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// To which names an authority is limited.
final class NameLimitOptions {

  @Option(
      names = "--permit",
      paramLabel = "NAME",
      description =
          "Limits certificates below it to these names: dns:acme.example (and all below it),"
              + " ip:10.0.0.0/8, uri:acme.example; once for each. Names of a kind of which none is"
              + " permitted are not limited by this.")
  List<String> permitted = List.of();

  @Option(
      names = "--exclude",
      paramLabel = "NAME",
      description = "Forbids these names below it, written as for --permit; once for each.")
  List<String> excluded = List.of();

  /// What openssl and Java read differently.
  void warn(Console console) {
    if (permitted.stream().anyMatch(name -> name.startsWith("dns:"))) {
      console.say(
          """

          Note: where a certificate has no DNS name, Java takes its common name for one. Under --permit
          dns:... it refuses devices that are named by their common name alone, as the profile `device`
          does; give them DNS names by their profile, or use --exclude instead.\
          """);
    }
  }

  Optional<NameConstraints> limits() {
    if (permitted.isEmpty() && excluded.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(NameConstraints.of(permitted, excluded));
    } catch (IllegalArgumentException wrong) {
      throw CommandFailure.of(ExitCode.USAGE, String.valueOf(wrong.getMessage())).because(wrong);
    }
  }
}
