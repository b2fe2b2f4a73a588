package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/// User name and secret of HTTP Basic (RFC 7617). Not printed, and wiped when closed.
final class BasicCredentials implements AutoCloseable {

  private static final String SCHEME = "Basic ";

  private final String user;
  private final byte[] secret;

  private BasicCredentials(String user, byte[] secret) {
    this.user = user;
    this.secret = secret;
  }

  /// The credentials of an Authorization header; empty if it is of another scheme or malformed.
  static Optional<BasicCredentials> parse(String header) {
    if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return Optional.empty();
    }
    byte[] pair;
    try {
      pair = Base64.getDecoder().decode(header.substring(SCHEME.length()).strip());
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
    for (int i = 0; i < pair.length; i++) {
      if (pair[i] == ':') {
        var credentials =
            new BasicCredentials(
                new String(pair, 0, i, UTF_8), Arrays.copyOfRange(pair, i + 1, pair.length));
        Arrays.fill(pair, (byte) 0);
        return Optional.of(credentials);
      }
    }
    return Optional.empty();
  }

  String user() {
    return user;
  }

  /// Not a copy: valid until it is closed.
  byte[] secret() {
    return secret;
  }

  @Override
  public void close() {
    Arrays.fill(secret, (byte) 0);
  }

  @Override
  public String toString() {
    return "BasicCredentials[" + user + "]";
  }
}
