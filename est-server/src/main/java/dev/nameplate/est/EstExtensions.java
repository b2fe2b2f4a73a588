package dev.nameplate.est;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// What is offered beside RFC 7030, as parts for the same JAX-RS container as [EstApplication].
public final class EstExtensions {

  private final Set<Object> components;

  /// @param renewals empty if renewal-info, which is a draft, is not offered
  public EstExtensions(EstSettings settings, CrlBundle crls, Optional<RenewalInfo> renewals) {
    var all = new HashSet<Object>();
    all.add(new Crls(settings, crls));
    renewals.ifPresent(info -> all.add(new RenewalInfoResource(settings, info)));
    components = Set.copyOf(all);
  }

  /// Resources, to be registered as instances.
  public Set<Object> components() {
    return components;
  }
}
