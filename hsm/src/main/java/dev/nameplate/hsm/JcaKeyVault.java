package dev.nameplate.hsm;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.ca.x509.KeyType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import javax.security.auth.login.LoginException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys that a JCA provider shows of one token: those with a certificate beside them.
///
/// It finds keys by their label and public key, and signs. What it cannot do: make a key, see or
/// compare a CKA_ID, say what a key may be used for, and get over a library that died, which takes
/// a new process.
public final class JcaKeyVault implements KeyVault {

  private static final Logger LOG = LoggerFactory.getLogger(JcaKeyVault.class);

  // No certificate, CRL or OCSP answer: DER does not begin with a letter of this kind.
  private static final byte[] PROBE =
      "nameplate: does this key sign?".getBytes(StandardCharsets.US_ASCII);

  private static final Duration FRESH = Duration.ofSeconds(5);

  private final JcaSettings settings;
  private final InstantSource clock;
  private final BoundedCalls calls;
  private final ReentrantLock probing = new ReentrantLock();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable JcaToken token;
  private volatile String whyNot = "is not open";
  private volatile @Nullable JcaSigningKey lastFound;
  private volatile @Nullable Finding latest;

  private record Finding(VaultHealth health, Instant at) {}

  private JcaKeyVault(JcaSettings settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
    this.calls =
        new BoundedCalls(
            settings.token(), settings.sessions(), settings.queueLimit(), settings.deadline());
  }

  /// Makes the provider and logs in.
  ///
  /// @throws HsmException if there is no such provider, or it refuses; a wrong PIN was then tried
  ///   once
  public static JcaKeyVault open(JcaSettings settings, InstantSource clock) {
    var vault = new JcaKeyVault(settings, clock);
    try {
      vault.token = vault.calls.call(() -> JcaToken.open(settings));
      return vault;
    } catch (HsmException refused) {
      vault.close();
      throw refused;
    }
  }

  /// The same for a token that may be away now, while others work: its health then says why, until
  /// the process is started again, since a provider opens its library once.
  public static JcaKeyVault expect(JcaSettings settings, InstantSource clock) {
    var vault = new JcaKeyVault(settings, clock);
    try {
      vault.token = vault.calls.call(() -> JcaToken.open(settings));
    } catch (HsmException away) {
      vault.whyNot = away.getMessage() + " (it is tried again when this process starts again)";
    }
    return vault;
  }

  /// Is refused: a provider makes keys that are not sensitive, have no label, or are not seen.
  @Override
  public GeneratedKey generate(String label, KeyType type) {
    throw HsmException.refused(
        "token %s: the driver jca makes no keys: make %s with the vendor's tool, as a sensitive key"
                .formatted(settings.token(), label)
            + " that cannot be extracted, write a certificate with the same label and CKA_ID beside"
            + " it, and take it over; or let a token with the driver pkcs11 make such keys");
  }

  @Override
  public SigningKey find(KeyLocation location) {
    if (!location.token().equals(settings.token())) {
      throw HsmException.refused(
          "key %s is in token %s, this is %s"
              .formatted(location.label(), location.token(), settings.token()));
    }
    var open = open();
    var entry = calls.call(() -> open.find(location));
    var key = new JcaSigningKey(calls, open, location, entry);
    // The certificate beside a key may be of another one: nothing but a signature tells.
    key.sign(PROBE);
    lastFound = key;
    return key;
  }

  /// Whether the key that was found last signs; kept for some seconds. One caller asks at a time.
  @Override
  public VaultHealth health() {
    return known().orElseGet(this::lookedAt);
  }

  private Optional<VaultHealth> known() {
    var finding = latest;
    var now = clock.instant();
    return finding != null && !now.isBefore(finding.at()) && now.isBefore(finding.at().plus(FRESH))
        ? Optional.of(finding.health())
        : Optional.empty();
  }

  private VaultHealth lookedAt() {
    try {
      if (!probing.tryLock(settings.deadline().toNanos(), TimeUnit.NANOSECONDS)) {
        return new VaultHealth.Down(
            "token %s has not answered for %s".formatted(settings.token(), settings.deadline()));
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return new VaultHealth.Down("interrupted while it was looked at");
    }
    try {
      return known()
          .orElseGet(() -> {
            var health = probed();
            latest = new Finding(health, clock.instant());
            return health;
          });
    } finally {
      probing.unlock();
    }
  }

  private VaultHealth probed() {
    try {
      var open = open();
      var key = lastFound;
      if (key != null) {
        key.sign(PROBE);
      } else {
        calls.call(() -> {
          open.look();
          return open;
        });
      }
      return new VaultHealth.Up();
    } catch (HsmException down) {
      return new VaultHealth.Down(String.valueOf(down.getMessage()));
    }
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    var open = token;
    if (!calls.close()) {
      LOG.error("token {}: a call into the provider does not return", settings.token());
    } else if (open != null) {
      try {
        open.logout();
      } catch (LoginException | RuntimeException broken) {
        LOG.debug("token {}: no logout: {}", settings.token(), BoundedCalls.reason(broken));
      }
    }
  }

  private JcaToken open() {
    var open = token;
    if (open == null) {
      throw HsmException.refused(whyNot);
    }
    return open;
  }
}
