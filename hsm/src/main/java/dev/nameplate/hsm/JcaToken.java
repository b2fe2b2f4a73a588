package dev.nameplate.hsm;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.io.IOException;
import java.security.AuthProvider;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.security.UnrecoverableKeyException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import javax.security.auth.login.LoginException;

/// What a JCA provider shows of a token. Every method may enter native code.
///
/// The provider is not installed in this process: nobody else comes to use it by chance.
final class JcaToken {

  private static final int MANY = 8;

  private final JcaSettings settings;
  private final Provider provider;
  private volatile String latch = "";

  /// A private key as the provider shows it, and the public key in the certificate beside it.
  record Entry(PrivateKey key, PublicKeyInfo publicKey) {}

  private JcaToken(JcaSettings settings, Provider provider) {
    this.settings = settings;
    this.provider = provider;
  }

  /// Makes the provider and logs in.
  ///
  /// @throws HsmException if there is no such provider, or it refuses
  static JcaToken open(JcaSettings settings) {
    var token = new JcaToken(settings, configured(settings));
    token.keyStore();
    return token;
  }

  /// The key with this label as its alias.
  ///
  /// @throws HsmException if there is none, or one with another public key
  Entry find(KeyLocation location) {
    var alias = location.label();
    try {
      var store = keyStore();
      if (!store.isKeyEntry(alias)) {
        throw HsmException.refused(absent(store, location));
      }
      var publicKey = PublicKeyInfo.of(store.getCertificate(alias).getPublicKey());
      if (!publicKey.fingerprint().equals(location.fingerprint())) {
        throw HsmException.refused(
            "the certificate beside key %s is of the public key %s, not %s"
                .formatted(alias, publicKey.fingerprint(), location.fingerprint()));
      }
      return new Entry((PrivateKey) store.getKey(alias, null), publicKey);
    } catch (GeneralSecurityException refused) {
      throw failed("does not show key " + alias, refused);
    }
  }

  /// Signs, and does not check the signature.
  byte[] sign(PrivateKey key, SignatureAlgorithm algorithm, byte[] data) {
    try {
      var signature = Signature.getInstance(algorithm.jcaName(), provider);
      signature.initSign(key);
      signature.update(data);
      return signature.sign();
    } catch (NoSuchAlgorithmException unknown) {
      throw failed("does not offer " + algorithm.jcaName(), unknown);
    } catch (GeneralSecurityException | RuntimeException refused) {
      throw failed("does not sign", refused);
    }
  }

  /// Reads the token anew: whether it is there.
  void look() {
    keyStore();
  }

  void logout() throws LoginException {
    if (provider instanceof AuthProvider known) {
      known.logout();
    }
  }

  /// A provider shows what was there when its key store was loaded, so each search loads it again.
  /// That logs in if the token forgot us. One at a time, so that a PIN that was refused is not
  /// given a second time by those who came meanwhile.
  private synchronized KeyStore keyStore() {
    if (!latch.isEmpty()) {
      throw HsmException.of(
          Fault.PIN, "no login is tried after " + latch + "; restart with the right PIN");
    }
    try (var pin = PinFile.read(settings.pin())) {
      var characters = pin.toChars();
      try {
        return loaded(KeyStore.getInstance(settings.keyStore(), provider), characters);
      } finally {
        Arrays.fill(characters, '\0');
      }
    } catch (GeneralSecurityException | IOException | RuntimeException refused) {
      if (refused instanceof HsmException known) {
        throw known;
      }
      throw failed("does not open its key store " + settings.keyStore(), refused);
    }
  }

  private KeyStore loaded(KeyStore store, char[] pin) throws GeneralSecurityException, IOException {
    try {
      store.load(null, pin);
      return store;
    } catch (GeneralSecurityException | IOException | RuntimeException refused) {
      if (mayBeThePin(refused)) {
        latch = BoundedCalls.reason(refused);
      }
      throw refused;
    }
  }

  /// Providers say it in many ways. Only a code of another kind tells that it was not the PIN: a
  /// token locks itself after a few that are wrong, and then nobody gets it back by a restart.
  private static boolean mayBeThePin(Throwable failure) {
    boolean otherCode = false;
    for (Throwable each = failure; each != null; each = each.getCause()) {
      var said = String.valueOf(each.getMessage());
      if (each instanceof LoginException
          || each instanceof UnrecoverableKeyException
          || said.contains("CKR_PIN_")
          || said.contains("CKR_USER_PIN_")) {
        return true;
      }
      otherCode |= said.contains("CKR_");
    }
    return !otherCode;
  }

  private String absent(KeyStore store, KeyLocation location) throws GeneralSecurityException {
    List<String> aliases = Collections.list(store.aliases());
    return "provider "
        + provider.getName()
        + " shows no key with the alias "
        + location.label()
        + ", but "
        + aliases.stream().limit(MANY).toList()
        + ": it sees a key only with a certificate beside it, of the same CKA_ID; write one with the"
        + " vendor's tool (pkcs11-tool --write-object FILE --type cert --id "
        + location.id()
        + " --label "
        + location.label()
        + ")";
  }

  private static Provider configured(JcaSettings settings) {
    var found = named(settings.provider());
    if (settings.configuration().isEmpty()) {
      return found;
    }
    var file = settings.configuration().get();
    try {
      return found.configure(file.toString());
    } catch (RuntimeException refused) {
      throw HsmException.refused(
          "provider %s cannot be configured with %s: %s"
              .formatted(settings.provider(), file, BoundedCalls.reason(refused)),
          refused);
    }
  }

  private static Provider named(String name) {
    var installed = Security.getProvider(name);
    if (installed != null) {
      return installed;
    }
    try {
      return Class.forName(name).asSubclass(Provider.class).getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException | ClassCastException | LinkageError unusable) {
      throw HsmException.refused(
          "there is no JCA provider %s: neither installed in this JDK, nor a provider's class on the"
                  .formatted(name)
              + " class path",
          unusable);
    }
  }

  private HsmException failed(String what, Exception cause) {
    return HsmException.refused(
        "provider %s %s: %s".formatted(provider.getName(), what, BoundedCalls.reason(cause)),
        cause);
  }
}
