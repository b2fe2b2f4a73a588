package dev.nameplate.ca.x509;

/// Bytes that are no certification request we can trust. The message says what was found; it is
/// meant for whoever sent them.
public final class MalformedCsrException extends Exception {

  /// What is wrong, for protocols that have a code for it.
  public enum Fault {
    /// It is not built as RFC 2986 has it.
    STRUCTURE,
    /// The key or the signature algorithm is not one that is certified.
    ALGORITHM,
    /// The signature is not that of the key.
    POSSESSION
  }

  private static final long serialVersionUID = 1L;

  private final Fault fault;
  private final String reason;

  public MalformedCsrException(String message) {
    this(Fault.STRUCTURE, message);
  }

  public MalformedCsrException(Fault fault, String message) {
    super(message);
    this.fault = fault;
    this.reason = message;
  }

  public Fault fault() {
    return fault;
  }

  /// The message, which is always there.
  public String reason() {
    return reason;
  }
}
