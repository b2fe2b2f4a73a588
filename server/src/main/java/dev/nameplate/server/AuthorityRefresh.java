package dev.nameplate.server;

import dev.nameplate.ca.job.Job;
import java.time.Instant;

/// Reads anew which authorities and OCSP signers there are: another node may have made some, and
/// what an old one issued may have expired.
final class AuthorityRefresh implements Job {

  private final LiveAuthorities authorities;
  private final LiveOcspSigners signers;

  AuthorityRefresh(LiveAuthorities authorities, LiveOcspSigners signers) {
    this.authorities = authorities;
    this.signers = signers;
  }

  @Override
  public String name() {
    return "authority-refresh";
  }

  @Override
  public String run(Instant now) {
    authorities.refresh();
    signers.refresh();
    return authorities.all().size() + " authorities";
  }
}
