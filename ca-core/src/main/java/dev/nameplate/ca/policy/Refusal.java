package dev.nameplate.ca.policy;

/// Why a rule said no: a reason that machines count, and a sentence for whoever asked.
public record Refusal(Reason reason, String detail) {

  /// The kinds of refusal. Each protocol maps them to its own statuses in one place.
  public enum Reason {
    UNKNOWN_OWNER,
    OWNER_RETIRED,
    OWNER_SUSPENDED,
    NAME_RETIRED,
    KEY_RETIRED,
    KEY_BELONGS_TO_ANOTHER,
    KEY_TYPE_NOT_ALLOWED,
    IDEVID_OF_ANOTHER,
    IDEVID_RETIRED,
    SECRET_SPENT,
    SECRET_EXPIRED,
    CREDENTIAL_NOT_ACCEPTED,
    PROFILE_NOT_ALLOWED,
    SUBJECT_MISMATCH,
    NAME_NOT_ALLOWED,
    EXTENSION_NOT_ALLOWED,
    REKEY_REQUIRED,
    TOO_EARLY,
    ISSUER_NOT_VALID,
    PROFILE_UNSOUND,
    RESERVATION_VOIDED,
    CLOCK_NOT_TRUSTED,
    REQUEST_DENIED,
    APPROVAL_QUEUE_FULL,
    MALFORMED_REQUEST,
    LINKING_REQUIRED,
    LINKING_FAILED;

    /// Whether something was shown that a tombstone is on.
    public boolean isTombstone() {
      return name().endsWith("_RETIRED");
    }

    /// Whether it is counted for each owner: what is shown belongs, or belonged, to a registered
    /// one, so that there is no more of it than there are owners.
    public boolean isCounted() {
      return isTombstone() || this == KEY_BELONGS_TO_ANOTHER;
    }
  }

  @Override
  public String toString() {
    return reason + ": " + detail;
  }
}
