package dev.nameplate.server.ceremony;

import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.NameConstraints;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// What an offline root is to be.
///
/// @param dir the folder to make
/// @param name of the root
/// @param validity of its certificate
/// @param crlValidity of its first CRL
/// @param names to which names all below it are limited
/// @param publicUrl where the online server will publish its CRL: it goes into the certificates of
///   issuing authorities
/// @param token the label of its token
/// @param module the library of a token that is there already; empty for a SoftHSM token of its own
public record RootOptions(
    Path dir,
    DistinguishedName name,
    KeyType key,
    Duration validity,
    Duration crlValidity,
    Optional<NameConstraints> names,
    URI publicUrl,
    String token,
    Optional<Path> module) {

  public RootOptions {
    var _ = new StatusUrls(publicUrl);
    if (validity.compareTo(Duration.ofDays(1)) < 0) {
      throw new IllegalArgumentException("a root that is good for less than a day");
    }
    if (crlValidity.compareTo(Duration.ofHours(1)) < 0) {
      throw new IllegalArgumentException("a CRL that is good for less than an hour");
    }
  }
}
