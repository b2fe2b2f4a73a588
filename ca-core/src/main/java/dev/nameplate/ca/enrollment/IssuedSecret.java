package dev.nameplate.ca.enrollment;

import java.time.Instant;

/// An enrollment secret in clear, in the one moment in which it is: to be shown once, and
/// forgotten.
public record IssuedSecret(String id, String text, int uses, Instant expires) {

  @Override
  public String toString() {
    return "IssuedSecret[" + id + "]";
  }
}
