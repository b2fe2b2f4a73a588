package dev.nameplate.ca.x509;

import java.util.Arrays;
import java.util.stream.Collectors;

/// CRLReason of RFC 5280 section 5.3.1, as far as an authority may set one on a certificate itself:
/// `removeFromCRL` belongs to delta CRLs, and 7 is not used.
public enum RevocationReason {
  UNSPECIFIED(0, "unspecified"),
  KEY_COMPROMISE(1, "keyCompromise"),
  CA_COMPROMISE(2, "cACompromise"),
  AFFILIATION_CHANGED(3, "affiliationChanged"),
  SUPERSEDED(4, "superseded"),
  CESSATION_OF_OPERATION(5, "cessationOfOperation"),
  /// The only one that can be undone.
  CERTIFICATE_HOLD(6, "certificateHold"),
  PRIVILEGE_WITHDRAWN(9, "privilegeWithdrawn"),
  AA_COMPROMISE(10, "aACompromise");

  private final int code;
  private final String rfcName;

  RevocationReason(int code, String rfcName) {
    this.code = code;
    this.rfcName = rfcName;
  }

  /// The ENUMERATED value.
  public int code() {
    return code;
  }

  /// The word of the RFC: `keyCompromise`.
  public String rfcName() {
    return rfcName;
  }

  /// @throws IllegalArgumentException that lists the known reasons
  public static RevocationReason of(String rfcName) {
    for (var reason : values()) {
      if (reason.rfcName.equalsIgnoreCase(rfcName)) {
        return reason;
      }
    }
    throw new IllegalArgumentException(
        "not a revocation reason: "
            + rfcName
            + "; one of "
            + Arrays.stream(values())
                .map(RevocationReason::rfcName)
                .collect(Collectors.joining(", ")));
  }

  /// @throws IllegalArgumentException if no reason here has this code
  public static RevocationReason of(int code) {
    for (var reason : values()) {
      if (reason.code == code) {
        return reason;
      }
    }
    throw new IllegalArgumentException("not a revocation reason code: " + code);
  }

  @Override
  public String toString() {
    return rfcName;
  }
}
