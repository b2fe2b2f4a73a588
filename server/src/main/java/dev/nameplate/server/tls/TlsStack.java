package dev.nameplate.server.tls;

import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.est.ChannelBinding;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/// An implementation of TLS. `docs/adr/0007-tls-stack-and-signature-provider.md` says why there are
/// two.
public sealed interface TlsStack permits ConscryptTls, JdkTls {

  /// What `tls.provider` can say.
  enum Preference {
    /// Conscrypt if it loads and every device can authenticate to it, else the JDK.
    AUTO,
    /// Conscrypt, or no start.
    CONSCRYPT,
    JDK
  }

  /// A stack, and why it is this one.
  record Choice(TlsStack stack, String why) {}

  /// @param deviceKeys the keys that devices may have, and so may come with to a handshake
  /// @throws IllegalStateException if the one that is asked for cannot be loaded here
  static Choice choose(Preference provider, Collection<KeyType> deviceKeys) {
    return switch (provider) {
      case JDK -> new Choice(new JdkTls(), "tls.provider says so");
      case CONSCRYPT -> new Choice(ConscryptTls.load(), "tls.provider says so");
      case AUTO -> automatic(deviceKeys);
    };
  }

  /// The name of the implementation and its version, for the log.
  String name();

  /// A context that was not initialised yet.
  SSLContext newContext();

  /// Who shows the one key in `keys`, which has no password. Empty where the JDK's own will do.
  Optional<KeyManager> identity(KeyStore keys) throws GeneralSecurityException;

  /// Makes an engine ready for a connection of a server, beyond what every engine can be told.
  void prepare(SSLEngine engine);

  /// What binds requests to the connection of `engine`, whose handshake is over and began with
  /// `hello`. Empty if the version of TLS, this implementation or the client gives nothing that can
  /// be trusted.
  Optional<ChannelBinding> binding(SSLEngine engine, ClientHello hello);

  private static Choice automatic(Collection<KeyType> deviceKeys) {
    var strange =
        deviceKeys.stream()
            .filter(key -> !ConscryptTls.authenticates(key))
            .map(KeyType::text)
            .sorted()
            .distinct()
            .collect(Collectors.joining(" and "));
    if (!strange.isEmpty()) {
      return new Choice(
          new JdkTls(),
          "devices may have keys of type "
              + strange
              + ", with which Conscrypt does not let them authenticate");
    }
    try {
      return new Choice(
          ConscryptTls.load(), "it is the fastest, and binds requests on TLS 1.2 and 1.3");
    } catch (IllegalStateException missing) {
      return new Choice(new JdkTls(), String.valueOf(missing.getMessage()));
    }
  }
}
