package dev.nameplate.ca.enrollment;

import dev.nameplate.ca.signing.SigningException;

/// Nothing is issued until an administrator says so: the message says why, and may be told to
/// anybody. Nothing was changed.
public final class IssuanceHeldException extends SigningException {

  private static final long serialVersionUID = 1L;

  public IssuanceHeldException(String message) {
    super(message);
  }
}
