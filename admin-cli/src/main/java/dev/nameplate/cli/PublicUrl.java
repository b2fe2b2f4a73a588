package dev.nameplate.cli;

import java.net.URI;

/// `--public`: where the status listener is reached from here.
final class PublicUrl {

  private PublicUrl() {}

  /// @throws CommandFailure if it is not the URL of a server
  static URI checked(URI url) {
    if (!("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
        || url.getHost() == null
        || url.getRawQuery() != null) {
      throw CommandFailure.of(ExitCode.USAGE, "--public needs http://host:port, not " + url);
    }
    return url;
  }
}
