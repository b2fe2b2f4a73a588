package dev.nameplate.cli;

import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which EST server, and whom to trust there: said outright, or taken from a context. A device
/// needs no context: --url and --trust will do.
final class EstOptions {

  /// @param trusted the authorities
  record Server(URI url, List<X509Certificate> trusted, Path trust) {}

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The EST server, https://host:port. Without it: the one of the context.")
  @Nullable URI url;

  @Option(
      names = "--trust",
      paramLabel = "FILE",
      description =
          "The authorities to trust, in PEM: trust.pem of the server. Without it: the context's.")
  @Nullable Path trust;

  @Option(
      names = "--label",
      paramLabel = "LABEL",
      description = "The EST label, which selects a profile. Without it: the server's default.")
  @Nullable String label;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "60s",
      description = "How long to go on when the server says \"later\". Default: ${DEFAULT-VALUE}.")
  Duration timeout = Duration.ofSeconds(60);

  Optional<String> label() {
    return Optional.ofNullable(label);
  }

  /// @throws CommandFailure if something is missing
  Server server(Console console, ContextOptions options) {
    if (url != null && trust != null) {
      return new Server(checked(url), Inputs.certificates(trust), trust);
    }
    var context =
        options
            .find(console)
            .orElseThrow(() ->
                CommandFailure.of(ExitCode.USAGE, "which EST server?")
                    .next(
                        "Give --url https://host:8443 and --trust trust.pem, or the folder that"
                            + " `nameplate init` made: --dir np."));
    var trusted = trust != null ? trust : context.trust();
    return new Server(
        checked(url != null ? url : context.estUrl()), Inputs.certificates(trusted), trusted);
  }

  static URI checked(URI url) {
    if (!"https".equals(url.getScheme()) || url.getHost() == null) {
      throw CommandFailure.of(ExitCode.USAGE, "EST needs https://host:port, not " + url);
    }
    return url;
  }
}
