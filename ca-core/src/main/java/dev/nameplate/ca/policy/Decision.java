package dev.nameplate.ca.policy;

/// What the policy says to a request.
public sealed interface Decision {

  /// Yes. Comes only from [IssuancePolicy], so code that takes one cannot be reached around it.
  final class Approved implements Decision {

    private final IssuanceRequest request;

    Approved(IssuanceRequest request) {
      this.request = request;
    }

    public IssuanceRequest request() {
      return request;
    }
  }

  /// No, and why.
  record Refused(Refusal refusal) implements Decision {}
}
