package dev.nameplate.hsm;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.ca.x509.KeyType;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
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

  private final JcaSettings settings;
  private final BoundedCalls calls;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable JcaToken token;
  private volatile String whyNot = "is not open";

  private JcaKeyVault(JcaSettings settings) {
    this.settings = settings;
    this.calls =
        new BoundedCalls(
            settings.token(), settings.sessions(), settings.queueLimit(), settings.deadline());
  }

  /// Makes the provider and logs in.
  ///
  /// @throws HsmException if there is no such provider, or it refuses; a wrong PIN was then tried
  ///   once
  public static JcaKeyVault open(JcaSettings settings) {
    var vault = new JcaKeyVault(settings);
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
  public static JcaKeyVault expect(JcaSettings settings) {
    var vault = new JcaKeyVault(settings);
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
    return key;
  }

  @Override
  public VaultHealth health() {
    try {
      var open = open();
      calls.call(() -> {
        open.look();
        return open;
      });
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
