package dev.nameplate.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Which Nameplate this is.
public final class Version {

  private Version() {}

  /// As the build wrote it down: `0.1.0`.
  public static String text() {
    try (var resource = Version.class.getResourceAsStream("version.txt")) {
      if (resource == null) {
        throw new IllegalStateException("version.txt is not where the build puts it");
      }
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException unreadable) {
      throw new IllegalStateException("version.txt cannot be read", unreadable);
    }
  }
}
