package dev.nameplate.ca.revocation;

import java.io.Serial;

/// A CRL that was made here must not be published: the message says what is wrong with it. The one
/// before is still the published one.
public final class CrlRefusedException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  public CrlRefusedException(String message) {
    super(message);
  }
}
