package dev.nameplate.server;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.CrlSource;
import dev.nameplate.ca.store.IssuerSource;
import dev.nameplate.ca.store.StatusSource;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ocsp.OcspSigners;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/// Whether this server can do its work now, and if not, why. Asks the parts themselves.
final class Health {

  private final KeyVault vault;
  private final IssuerSource issuers;
  private final CrlSource crls;
  private final LiveAuthorities authorities;
  private final Optional<? extends Supplier<OcspSigners>> signers;
  private final StatusSource statuses;
  private final Supplier<Map<String, String>> warnings;
  private final InstantSource clock;
  private final AtomicReference<Optional<String>> outOfService =
      new AtomicReference<>(Optional.of("starting"));

  /// @param signers those of this node; empty if it does not answer for status
  Health(
      KeyVault vault,
      IssuerSource issuers,
      CrlSource crls,
      LiveAuthorities authorities,
      Optional<? extends Supplier<OcspSigners>> signers,
      StatusSource statuses,
      Supplier<Map<String, String>> warnings,
      InstantSource clock) {
    this.vault = vault;
    this.issuers = issuers;
    this.crls = crls;
    this.authorities = authorities;
    this.signers = signers;
    this.statuses = statuses;
    this.warnings = warnings;
    this.clock = clock;
  }

  /// The listeners answer.
  void inService() {
    outOfService.set(Optional.empty());
  }

  void outOfService(String why) {
    outOfService.set(Optional.of(why));
  }

  /// What is wrong, by part; empty if the server is ready.
  Map<String, String> faults() {
    var faults = new LinkedHashMap<String, String>();
    outOfService.get().ifPresent(why -> faults.put("listeners", why));
    if (vault.health() instanceof VaultHealth.Down(var reason)) {
      faults.put("token", reason);
    }
    authorities
        .withoutTheirKeys()
        .forEach((authority, why) -> add(faults, "authorities", why, authority));
    authorities.ended().forEach((authority, why) -> add(faults, "authorities", why, authority));
    try {
      issuers.issuers();
      for (var authority : authorities.publishing()) {
        crlFault(authority)
            .ifPresent(fault -> add(faults, "crl " + authority.scope(), fault, authority));
      }
      for (var authority : signers.isPresent() ? authorities.answering() : List.<Authority>of()) {
        if (!hasOcspSigner(authority)) {
          add(faults, "ocsp", "no signer is valid and not revoked", authority);
        }
      }
    } catch (StoreException away) {
      faults.put("store", String.valueOf(away.getMessage()));
    }
    return faults;
  }

  /// What should be looked at, by part, although the server is ready.
  Map<String, String> warnings() {
    var all = new LinkedHashMap<>(warnings.get());
    if (vault.health() instanceof VaultHealth.Degraded(var reason)) {
      all.put("token", reason);
    }
    return all;
  }

  private static void add(
      Map<String, String> faults, String part, String fault, Authority authority) {
    var ofWhom = fault + " (" + authority.issuer().name() + ")";
    faults.merge(part, ofWhom, (before, another) -> before + "; " + another);
  }

  private boolean hasOcspSigner(Authority authority) {
    return signers
        .orElseThrow()
        .get()
        .allValidAt(clock.instant(), authority.id())
        .anyMatch(signer ->
            statuses.status(authority.id(), signer.certificate().serial())
                instanceof CertificateStatus.Good);
  }

  private Optional<String> crlFault(Authority authority) {
    var nextUpdate = crls.crlState(authority.id(), authority.scope()).nextUpdate();
    if (nextUpdate.isEmpty()) {
      return Optional.of("there is none yet");
    }
    return nextUpdate.get().isAfter(clock.instant())
        ? Optional.empty()
        : Optional.of("the last one expired at " + nextUpdate.get());
  }
}
