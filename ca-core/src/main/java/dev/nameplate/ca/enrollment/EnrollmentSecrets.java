package dev.nameplate.ca.enrollment;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.SecretRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/// Makes one-time enrollment secrets. May be used by many threads at once.
public final class EnrollmentSecrets {

  /// No letter or digit that is taken for another: 32 of them, so 5 bits each.
  private static final String ALPHABET = "abcdefghjkmnpqrstuvwxyz023456789";

  private static final int LENGTH = 32;

  private final OwnerStore owners;
  private final SecretHash hash;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Predicate<String> digest;

  /// Secrets that HTTP Digest knows nothing of.
  ///
  /// @param random cryptographically strong
  public EnrollmentSecrets(
      OwnerStore owners, SecretHash hash, InstantSource clock, RandomGenerator random) {
    this(owners, hash, _ -> false, clock, random);
  }

  /// @param digest which labels offer HTTP Digest, so that more has to be remembered of a secret
  /// @param random cryptographically strong
  public EnrollmentSecrets(
      OwnerStore owners,
      SecretHash hash,
      Predicate<String> digest,
      InstantSource clock,
      RandomGenerator random) {
    this.owners = owners;
    this.hash = hash;
    this.digest = digest;
    this.clock = clock;
    this.random = random;
  }

  /// A new secret of 160 random bits for `uses` different requests within `ttl`; empty if the owner
  /// is not there or is retired.
  public Optional<IssuedSecret> issue(Owner owner, int uses, Duration ttl, String by) {
    if (uses < 1 || uses > 1000) {
      throw new IllegalArgumentException(uses + " uses; 1 to 1000 are possible");
    }
    if (ttl.toSeconds() < 1 || ttl.toDays() > 3650) {
      throw new IllegalArgumentException("a life of " + ttl + "; 1 second to 10 years is possible");
    }
    var known = owners.find(owner);
    if (known.isEmpty()) {
      return Optional.empty();
    }
    byte[] name = new byte[8];
    random.nextBytes(name);
    var secret =
        new IssuedSecret(
            HexFormat.of().formatHex(name),
            text(),
            uses,
            clock.instant().truncatedTo(ChronoUnit.SECONDS).plus(ttl));
    var text = secret.text().getBytes(StandardCharsets.UTF_8);
    var record =
        new SecretRecord(
            secret.id(),
            owner,
            known.get().epoch(),
            hash.hash(text),
            uses,
            secret.expires(),
            false,
            digest.test(known.get().label())
                ? Optional.of(hash.seal(secret.id(), owner.id(), text, random))
                : Optional.empty());
    var why = new AuditEvent.SecretIssued(owner, secret.id(), uses, secret.expires(), by);
    return owners.addSecret(record, why) ? Optional.of(secret) : Optional.empty();
  }

  private String text() {
    byte[] bytes = new byte[LENGTH];
    random.nextBytes(bytes);
    var text = new StringBuilder();
    for (byte b : bytes) {
      text.append(ALPHABET.charAt(b & 31));
    }
    return text.toString();
  }
}
