package dev.nameplate.hsm;

import dev.nameplate.ca.signing.KeyEvidence;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.PublicKeyInfo;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys in one PKCS#11 token.
public final class TokenKeyVault implements KeyVault {

  private static final Logger LOG = LoggerFactory.getLogger(TokenKeyVault.class);
  private static final int ID_BYTES = 16;

  private static final List<String> LIMITS =
      List.of(
          "Attributes and refusals are what the library says. A library that lies, or that somebody"
              + " else put in its place, would say the same.",
          "It shows nothing about copies that were made below PKCS#11: of the token's files, of its"
              + " backups, or with its maker's own tools.",
          "There is no attestation: what the maker of the token could sign about this key cannot be"
              + " asked for through PKCS#11.");

  /// Some devices look for primes for a long time.
  private static final Duration LONGEST_GENERATION = Duration.ofMinutes(1);

  private final Pkcs11Module module;
  private final String token;
  private final SessionPool sessions;
  private final TokenHealth health;
  private final Duration generation;
  private final KeyRules rules;
  private final RandomGenerator random;
  private final AtomicBoolean closed = new AtomicBoolean();

  /// A key of the token, and how it signs.
  private record UsableKey(PublicKeyInfo publicKey, Signing signing) {}

  private TokenKeyVault(
      Pkcs11Module module,
      HsmSettings settings,
      SessionPool sessions,
      RandomGenerator random,
      InstantSource clock) {
    this.module = module;
    this.token = settings.token();
    this.sessions = sessions;
    this.health = new TokenHealth(sessions, module, settings, clock);
    this.generation =
        settings.deadline().compareTo(LONGEST_GENERATION) > 0
            ? settings.deadline()
            : LONGEST_GENERATION;
    this.rules = settings.keys();
    this.random = random;
  }

  /// Opens the token and logs in.
  ///
  /// Tokens of one library may be open at the same time, in the same environment.
  ///
  /// @param random for the ids of keys, which are not secret but must not repeat, and for pauses
  /// @throws HsmException if the library or the token is not there, or the login is refused; a
  ///   wrong PIN was then tried once
  public static TokenKeyVault open(
      HsmSettings settings, RandomGenerator random, InstantSource clock) {
    return open(settings, random, clock, HsmListener.NONE);
  }

  /// The same, for somebody who wants to know what happens there.
  public static TokenKeyVault open(
      HsmSettings settings, RandomGenerator random, InstantSource clock, HsmListener listener) {
    var module = Pkcs11Module.at(settings.module(), settings.environment());
    return open(module, settings, random, clock, listener);
  }

  /// The same for a token that may be away now, while others work: it is opened as soon as it is
  /// there, and until then every call and its health say why not. A wrong PIN is tried once.
  ///
  /// @throws HsmException if there is no such library, or it is in use in another environment
  public static TokenKeyVault expect(
      HsmSettings settings, RandomGenerator random, InstantSource clock, HsmListener listener) {
    var module = Pkcs11Module.at(settings.module(), settings.environment());
    return expect(module, settings, random, clock, listener);
  }

  static TokenKeyVault open(
      Pkcs11Module module,
      HsmSettings settings,
      RandomGenerator random,
      InstantSource clock,
      HsmListener listener) {
    var vault = expect(module, settings, random, clock, listener);
    try {
      vault.sessions.call(Session::tokenInfo);
      return vault;
    } catch (HsmException refused) {
      vault.close();
      throw refused;
    }
  }

  static TokenKeyVault expect(
      Pkcs11Module module,
      HsmSettings settings,
      RandomGenerator random,
      InstantSource clock,
      HsmListener listener) {
    module.join(settings.environment(), settings.initialization());
    var token = new Token(module, settings);
    var sessions = new SessionPool(module, token, settings, random, clock, listener);
    return new TokenKeyVault(module, settings, sessions, random, clock);
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
    var made =
        sessions.callOnce(
            session -> generate(session, scheme, name),
            session -> destroy(session, name),
            generation);
    var location = new KeyLocation(token, label, name.id(), made.publicKey().fingerprint());
    return new GeneratedKey(location, key(location, made));
  }

  @Override
  public SigningKey find(KeyLocation location) {
    return open(location);
  }

  private TokenSigningKey open(KeyLocation location) {
    if (!location.token().equals(token)) {
      throw HsmException.refused(
          "key " + location.label() + " is in token " + location.token() + ", this is " + token);
    }
    var name = ObjectName.of(location);
    var found =
        sessions.call(session -> {
          requireSameName(session, name);
          return find(session, name);
        });
    var publicKey = found.publicKey();
    if (!publicKey.fingerprint().equals(location.fingerprint())) {
      throw HsmException.refused(
          "key %s in token %s has the fingerprint %s, not %s"
              .formatted(name, token, publicKey.fingerprint(), location.fingerprint()));
    }
    return key(location, found);
  }

  /// The key at this location, for those who measure it.
  ///
  /// @throws HsmException as [#find] does
  public SignatureBench.Key measured(KeyLocation location) {
    return new SignatureBench.Key(open(location));
  }

  /// A new key to measure, which lives as long as the vault is open and is not kept in the token.
  ///
  /// @throws HsmException if the token does not make such keys
  public SignatureBench.Key measured(KeyType type) {
    return new SignatureBench.Key(temporary(type));
  }

  /// A key of the session that makes it, gone when that is closed.
  TokenSigningKey temporary(KeyType type) {
    var id = new byte[ID_BYTES];
    random.nextBytes(id);
    var name = new ObjectName("temporary", HexFormat.of().formatHex(id));
    var made =
        sessions.callOnce(session -> temporary(session, KeyScheme.of(type), name), generation);
    var location = new KeyLocation(token, name.label(), name.id(), made.publicKey().fingerprint());
    return new TokenSigningKey(sessions, health, location, made.publicKey(), made.signing());
  }

  private UsableKey temporary(Session session, KeyScheme scheme, ObjectName name) {
    var signing = session.mechanisms().signing(scheme, rules, Set.of());
    var pair = temporary(session, scheme, name, signing);
    return new UsableKey(publicKey(session, pair.publicKey()), signing);
  }

  private Pkcs11.GeneratedPair temporary(
      Session session, KeyScheme scheme, ObjectName name, Signing signing) {
    var template = new KeyTemplate(scheme, signing.mechanism(), name, rules.template());
    return session.generate(
        session.mechanisms().generation(scheme),
        inSession(template.publicKey()),
        inSession(template.privateKey()));
  }

  /// A key that may be harmed, made as a key of this type is.
  private Pkcs11.GeneratedPair likeIt(Session session, KeyScheme scheme) {
    var id = new byte[ID_BYTES];
    random.nextBytes(id);
    var name = new ObjectName("temporary", HexFormat.of().formatHex(id));
    return temporary(session, scheme, name, session.mechanisms().signing(scheme, rules, Set.of()));
  }

  private static List<Attribute> inSession(List<Attribute> template) {
    return template.stream()
        .map(each -> each.type() == Cka.TOKEN ? Attribute.of(Cka.TOKEN, false) : each)
        .toList();
  }

  /// All private keys in the token, known to us or not.
  public List<FoundKey> keys() {
    return sessions.call(session -> {
      var found = new ArrayList<FoundKey>();
      for (long key : session.findAll(List.of(Attribute.of(Cka.CLASS, Ck.CKO_PRIVATE_KEY)))) {
        found.add(found(session, key));
      }
      return found;
    });
  }

  private FoundKey found(Session session, long key) {
    var attributes = session.attributes(key, List.of(Cka.LABEL, Cka.ID));
    var label = new String(attributes.getOrDefault(Cka.LABEL, new byte[0]), StandardCharsets.UTF_8);
    var id = HexFormat.of().formatHex(attributes.getOrDefault(Cka.ID, new byte[0]));
    try {
      var name = new ObjectName(label, id);
      session.privateKey(name);
      var publicKey = publicKey(session, session.publicKey(name));
      return new FoundKey(
          label,
          id,
          publicKey.type().text(),
          Optional.of(new KeyLocation(token, label, id, publicKey.fingerprint())));
    } catch (HsmException unusable) {
      return new FoundKey(label, id, String.valueOf(unusable.getMessage()), Optional.empty());
    }
  }

  @Override
  public KeyEvidence evidence(KeyLocation location, byte[] nonce, Instant at) {
    var key = find(location);
    var type = key.publicKey().type();
    var name = ObjectName.of(location);
    var seen =
        sessions.callOnce(
            session -> testimony(session, session.privateKey(name), type), generation);
    return new KeyEvidence(
        location,
        key.publicKey(),
        at,
        "pkcs11",
        seen.module(),
        seen.token(),
        seen.attributes(),
        seen.attempts(),
        KeyEvidence.Proof.by(key, nonce),
        List.of(),
        LIMITS);
  }

  private KeyWitness.Testimony testimony(Session session, long key, KeyType type) {
    var said =
        session.with((pkcs11, slot, handle) ->
            new KeyWitness(
                    pkcs11, slot, handle, key, type, () -> likeIt(session, KeyScheme.of(type)))
                .testify());
    if (said.leftBehind()) {
      session.endAfterThis();
    }
    return said;
  }

  @Override
  public VaultHealth health() {
    return health.health();
  }

  /// How the token is doing now; costs nothing.
  public HsmStats stats() {
    return sessions.stats();
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

  private TokenSigningKey key(KeyLocation location, UsableKey usable) {
    var key = new TokenSigningKey(sessions, health, location, usable.publicKey(), usable.signing());
    health.succeeded(key);
    return key;
  }

  /// Labels may repeat in a token; ours do not.
  private void refuseIfTaken(String label) {
    var taken = sessions.call(session -> session.find(List.of(Attribute.of(Cka.LABEL, label))));
    if (!taken.isEmpty()) {
      throw HsmException.refused("token " + token + " already has a key with label " + label);
    }
  }

  /// Says what is wrong with the name of a key, if the token has one that is like it.
  private static void requireSameName(Session session, ObjectName name) {
    if (!session.find(name.template(Ck.CKO_PRIVATE_KEY)).isEmpty()) {
      return;
    }
    var ids = others(session, Attribute.of(Cka.LABEL, name.label()), Cka.ID);
    if (!ids.isEmpty()) {
      var found = ids.stream().map(HexFormat.of()::formatHex).toList();
      throw HsmException.refused(
          "key %s has the CKA_ID %s, not %s"
              .formatted(name.label(), String.join(" or ", found), name.id()));
    }
    var labels = others(session, Attribute.of(Cka.ID, name.idBytes()), Cka.LABEL);
    if (!labels.isEmpty()) {
      var found = labels.stream().map(label -> new String(label, StandardCharsets.UTF_8)).toList();
      throw HsmException.refused(
          "the key with the CKA_ID %s is called %s, not %s"
              .formatted(name.id(), String.join(" or ", found), name.label()));
    }
  }

  /// What private keys that have one attribute say for another.
  private static List<byte[]> others(Session session, Attribute known, Cka asked) {
    var keys = session.find(List.of(Attribute.of(Cka.CLASS, Ck.CKO_PRIVATE_KEY), known));
    return keys.stream()
        .map(key -> session.attributes(key, List.of(asked)).getOrDefault(asked, new byte[0]))
        .toList();
  }

  private UsableKey find(Session session, ObjectName name) {
    var ties = ties(session, session.privateKey(name));
    var publicKey = publicKey(session, session.publicKey(name));
    var scheme = KeyScheme.of(publicKey.type());
    return new UsableKey(publicKey, session.mechanisms().signing(scheme, rules, ties));
  }

  private UsableKey generate(Session session, KeyScheme scheme, ObjectName name) {
    var generation = session.mechanisms().generation(scheme);
    var signing = session.mechanisms().signing(scheme, rules, Set.of());
    var template = new KeyTemplate(scheme, signing.mechanism(), name, rules.template());
    var pair = session.generate(generation, template.publicKey(), template.privateKey());
    try {
      template.checkPrivateKey(session, pair.privateKey());
      template.checkPublicKey(session, pair.publicKey());
      var publicKey = publicKey(session, pair.publicKey());
      if (publicKey.type() != scheme.type()) {
        throw HsmException.refused(
            "the token made a key of type %s, not %s"
                .formatted(publicKey.type().text(), scheme.type().text()));
      }
      return new UsableKey(publicKey, signing);
    } catch (HsmException notAsDemanded) {
      throw destroyed(session, pair)
          ? notAsDemanded
          : notAsDemanded.at("key " + template.name() + ", which is left in the token");
    }
  }

  /// The mechanisms that a key may be used with, if it does not say all.
  private static Set<Long> ties(Session session, long key) {
    var allowed = allowedMechanisms(session, key);
    return MemorySegment.ofArray(allowed)
        .asSlice(0, allowed.length - allowed.length % Long.BYTES)
        .elements(ValueLayout.JAVA_LONG_UNALIGNED)
        .map(mechanism -> mechanism.get(ValueLayout.JAVA_LONG_UNALIGNED, 0))
        .collect(Collectors.toSet());
  }

  /// There are tokens that do not know the attribute, and say so in other ways than the standard's.
  private static byte[] allowedMechanisms(Session session, long key) {
    try {
      return session
          .attributes(key, List.of(Cka.ALLOWED_MECHANISMS))
          .getOrDefault(Cka.ALLOWED_MECHANISMS, new byte[0]);
    } catch (HsmException refused) {
      if (refused.fault() == Fault.CALLER
          || refused.hasCode(Ckr.CKR_GENERAL_ERROR)
          || refused.hasCode(Ckr.CKR_FUNCTION_FAILED)) {
        return new byte[0];
      }
      throw refused;
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

  /// By name, since a handle may be of another session by now: the id is random, and nobody else's.
  private static void destroy(Session session, ObjectName name) {
    for (long kind : List.of(Ck.CKO_PRIVATE_KEY, Ck.CKO_PUBLIC_KEY)) {
      session.find(name.template(kind)).forEach(session::destroy);
    }
    LOG.warn("key {} was destroyed: it was made after its caller had given up", name);
  }

  static PublicKeyInfo publicKey(Session session, long key) {
    var keyType = session.attributes(key, List.of(Cka.KEY_TYPE)).get(Cka.KEY_TYPE);
    return KeyScheme.read(session.attributes(key, KeyScheme.shownBy(keyType)));
  }
}
