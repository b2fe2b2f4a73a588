package dev.nameplate.hsm;

import dev.nameplate.ca.signing.SigningException;
import java.util.Optional;

/// The token is away, refuses or is broken; the message names the function that said so and its CKR
/// code where there is one. Never holds a PIN.
public final class HsmException extends SigningException {

  private static final long serialVersionUID = 1L;

  private final String function;
  private final String ckr;
  private final Fault fault;

  private HsmException(String message, String function, String ckr, Fault fault) {
    super(message);
    this.function = function;
    this.ckr = ckr;
    this.fault = fault;
  }

  private HsmException(String message, String function, String ckr, Fault fault, Throwable cause) {
    super(message, cause);
    this.function = function;
    this.ckr = ckr;
    this.fault = fault;
  }

  /// A C function that returned something else than CKR_OK.
  static HsmException of(String function, long code) {
    var ckr = Ckr.nameOf(code);
    return new HsmException(function + ": " + ckr, function, ckr, Ckr.faultOf(code));
  }

  /// A C function that returned CKR_OK, and something that cannot be.
  static HsmException found(String function, Fault fault, String what) {
    return new HsmException(function + ": " + what, function, "", fault);
  }

  /// What we refused ourselves.
  static HsmException of(Fault fault, String message) {
    return new HsmException(message, "", "", fault);
  }

  static HsmException refused(String message) {
    return of(Fault.CALLER, message);
  }

  static HsmException refused(String message, Throwable cause) {
    return of(Fault.CALLER, message, cause);
  }

  static HsmException of(Fault fault, String message, Throwable cause) {
    return new HsmException(message, "", "", fault, cause);
  }

  /// The same failure, thrown by this thread, saying where it happened.
  HsmException at(String place) {
    return new HsmException(place + ": " + getMessage(), function, ckr, fault, this);
  }

  /// The same failure, with what an operator can do about it.
  HsmException explained(String advice) {
    return new HsmException(getMessage() + ": " + advice, function, ckr, fault, this);
  }

  /// The same failure, to be treated as another kind.
  HsmException as(Fault other) {
    return new HsmException(String.valueOf(getMessage()), function, ckr, other, this);
  }

  /// The C function that failed: `C_Sign`.
  public Optional<String> function() {
    return function.isEmpty() ? Optional.empty() : Optional.of(function);
  }

  /// What it returned: `CKR_DEVICE_ERROR`.
  public Optional<String> ckr() {
    return ckr.isEmpty() ? Optional.empty() : Optional.of(ckr);
  }

  /// Whether the standard does not know the code.
  boolean isUnknown() {
    return ckr.startsWith(Ckr.UNKNOWN);
  }

  boolean isFrom(String name) {
    return function.equals(name);
  }

  boolean hasCode(Ckr code) {
    return ckr.equals(code.name());
  }

  Fault fault() {
    return fault;
  }
}
