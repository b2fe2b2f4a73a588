package dev.nameplate.ca.job;

import dev.nameplate.ca.store.PendingRequest;
import dev.nameplate.ca.store.RequestStore;
import java.time.Instant;

/// Ends requests that nobody decided in time, and approvals that nobody collected in time.
public final class RequestExpiry implements Job {

  private static final int AT_ONCE = 500;

  private final RequestStore requests;

  public RequestExpiry(RequestStore requests) {
    this.requests = requests;
  }

  @Override
  public String name() {
    return "request-expiry";
  }

  @Override
  public String run(Instant now) {
    int expired = 0;
    for (PendingRequest over : requests.over(now, AT_ONCE)) {
      expired += requests.expire(over.id(), now) ? 1 : 0;
    }
    return expired + " requests expired";
  }
}
