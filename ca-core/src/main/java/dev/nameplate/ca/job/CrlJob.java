package dev.nameplate.ca.job;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.revocation.CrlPublication;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Publishes every CRL that is due. An issuer whose key is away does not keep the others waiting.
public final class CrlJob implements Job {

  private final CrlPublication publication;
  private final Supplier<List<Authority>> authorities;

  public CrlJob(CrlPublication publication, Supplier<List<Authority>> authorities) {
    this.publication = publication;
    this.authorities = authorities;
  }

  @Override
  public String name() {
    return "crl-publication";
  }

  @Override
  public String run(Instant now) {
    int published = 0;
    var failures = new ArrayList<RuntimeException>();
    for (var authority : authorities.get()) {
      try {
        published += publication.publishIfDue(authority).isPresent() ? 1 : 0;
      } catch (RuntimeException notThisOne) {
        failures.add(notThisOne);
      }
    }
    if (!failures.isEmpty()) {
      var first = failures.removeFirst();
      failures.forEach(first::addSuppressed);
      throw first;
    }
    return published + " CRLs published";
  }
}
