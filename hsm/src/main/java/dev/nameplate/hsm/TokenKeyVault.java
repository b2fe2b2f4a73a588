package dev.nameplate.hsm;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.PublicKeyInfo;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys in one PKCS#11 token.
public final class TokenKeyVault implements KeyVault {

  private static final Logger LOG = LoggerFactory.getLogger(TokenKeyVault.class);
  private static final int ID_BYTES = 16;

  private final Pkcs11Module module;
  private final String token;
  private final SessionPool sessions;
  private final RandomGenerator random;
  private final AtomicBoolean closed = new AtomicBoolean();

  private TokenKeyVault(
      Pkcs11Module module, String token, SessionPool sessions, RandomGenerator random) {
    this.module = module;
    this.token = token;
    this.sessions = sessions;
    this.random = random;
  }

  /// Opens the token and logs in.
  ///
  /// Tokens of one library may be open at the same time, in the same environment.
  ///
  /// @param random for the ids of keys, which are not secret but must not repeat
  /// @throws HsmException if the library or the token is not there, or the login is refused; a
  ///   wrong PIN was then tried once
  public static TokenKeyVault open(
      HsmSettings settings, RandomGenerator random, InstantSource clock) {
    return open(Pkcs11Module.at(settings.module()), settings, random, clock);
  }

  static TokenKeyVault open(
      Pkcs11Module module, HsmSettings settings, RandomGenerator random, InstantSource clock) {
    module.join(settings.environment());
    var token = new Token(settings.token(), settings.pin());
    var sessions = new SessionPool(module, token, settings, clock);
    var vault = new TokenKeyVault(module, settings.token(), sessions, random);
    try {
      sessions.call(Session::tokenInfo);
      return vault;
    } catch (HsmException refused) {
      vault.close();
      throw refused;
    }
  }

  /// What the token says that it is, for people: its serial, and who made what kind of token.
  public String description() {
    var info = sessions.call(Session::tokenInfo);
    return "serial %s, %s %s, firmware %s"
        .formatted(info.serial(), info.manufacturer(), info.model(), info.firmware());
  }

  @Override
  public synchronized GeneratedKey generate(String label, KeyType type) {
    var scheme = KeyScheme.of(type);
    refuseIfTaken(label);
    var id = new byte[ID_BYTES];
    random.nextBytes(id);
    var name = new ObjectName(label, HexFormat.of().formatHex(id));
    var template = new KeyTemplate(scheme, name);
    var publicKey = sessions.callOnce(session -> generate(session, template));
    var location = new KeyLocation(token, label, name.id(), publicKey.fingerprint());
    return new GeneratedKey(location, new TokenSigningKey(sessions, location, publicKey));
  }

  @Override
  public SigningKey find(KeyLocation location) {
    if (!location.token().equals(token)) {
      throw HsmException.refused(
          "key " + location.label() + " is in token " + location.token() + ", this is " + token);
    }
    var name = ObjectName.of(location);
    var publicKey =
        sessions.call(session -> {
          session.privateKey(name);
          return publicKey(session, session.publicKey(name));
        });
    if (!publicKey.fingerprint().equals(location.fingerprint())) {
      throw HsmException.refused(
          "key %s in token %s has the fingerprint %s, not %s"
              .formatted(name, token, publicKey.fingerprint(), location.fingerprint()));
    }
    return new TokenSigningKey(sessions, location, publicKey);
  }

  @Override
  public VaultHealth health() {
    try {
      sessions.call(Session::tokenInfo);
      return new VaultHealth.Up();
    } catch (HsmException down) {
      return new VaultHealth.Down(String.valueOf(down.getMessage()));
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      if (sessions.close()) {
        module.leave();
      } else {
        LOG.error("token {}: a call into the library does not return; it stays loaded", token);
      }
    }
  }

  /// Labels may repeat in a token; ours do not.
  private void refuseIfTaken(String label) {
    var taken = sessions.call(session -> session.find(List.of(Attribute.of(Cka.LABEL, label))));
    if (!taken.isEmpty()) {
      throw HsmException.refused("token " + token + " already has a key with label " + label);
    }
  }

  private static PublicKeyInfo generate(Session session, KeyTemplate template) {
    var pair =
        session.generate(
            template.scheme().generation(), template.publicKey(), template.privateKey());
    try {
      template.checkPrivateKey(session, pair.privateKey());
      template.checkPublicKey(session, pair.publicKey());
      return publicKey(session, pair.publicKey());
    } catch (HsmException notAsDemanded) {
      throw destroyed(session, pair)
          ? notAsDemanded
          : notAsDemanded.at("key " + template.name() + ", which is left in the token");
    }
  }

  private static boolean destroyed(Session session, Pkcs11.GeneratedPair pair) {
    try {
      session.destroy(pair.privateKey());
      session.destroy(pair.publicKey());
      return true;
    } catch (HsmException leftBehind) {
      return false;
    }
  }

  private static PublicKeyInfo publicKey(Session session, long key) {
    return KeyScheme.read(session.attributes(key, KeyScheme.READ));
  }
}
