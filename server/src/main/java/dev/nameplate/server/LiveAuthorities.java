package dev.nameplate.server;

import dev.nameplate.ca.enrollment.Authorities;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.x509.Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The authorities of this server: the root signs authorities, the issuing authority everybody
/// else. What is remembered of them is read at [#refresh], not for each certificate.
public final class LiveAuthorities implements Authorities {

  public static final String ROOT = "root";
  public static final String ISSUING = "issuing";

  /// Opens the key of an authority.
  @FunctionalInterface
  interface Keys {
    SigningKey open(KeyLocation location, String role);
  }

  private record Member(String role, Authority authority) {}

  private final IssuerStore issuers;
  private final Keys keys;
  private volatile List<Member> members = List.of();

  LiveAuthorities(IssuerStore issuers, Keys keys) {
    this.issuers = issuers;
    this.keys = keys;
  }

  /// Reads anew which authorities there are.
  ///
  /// @throws SigningException if a key is away, or is not the one that is remembered
  public void refresh() {
    var found = new ArrayList<Member>();
    for (var record : issuers.issuers()) {
      found.add(new Member(record.role(), open(record)));
    }
    members = List.copyOf(found);
  }

  /// Oldest first.
  public List<Authority> all() {
    return members.stream().map(Member::authority).toList();
  }

  /// The newest authority with this role.
  ///
  /// @throws SigningException if there is none
  public Authority withRole(String role) {
    return members.stream()
        .filter(member -> member.role.equals(role))
        .map(Member::authority)
        .reduce((_, newer) -> newer)
        .orElseThrow(() -> new SigningException("there is no " + role + " authority"));
  }

  @Override
  public Authority of(CertificateProfile profile) {
    return withRole(profile.isAuthority() ? ROOT : ISSUING);
  }

  /// What clients need to trust a certificate of the issuing authority: the root first.
  public List<Certificate> chain() {
    return members.stream()
        .map(member -> member.authority.certificate())
        .flatMap(Optional::stream)
        .toList();
  }

  private Authority open(IssuerRecord record) {
    var location =
        record.keys().stream()
            .findFirst()
            .orElseThrow(() ->
                new SigningException(
                    "nobody knows where the key of " + record.issuer().name() + " is"));
    var certificate =
        record.certificates().isEmpty()
            ? Optional.<Certificate>empty()
            : Optional.of(record.certificates().getLast());
    return new Authority(
        record.issuer(), certificate, keys.open(location, record.role()), record.scope());
  }
}
