package dev.nameplate.server;

import dev.nameplate.ca.signing.ClonedPair;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.KeyVaults;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.hsm.HsmSettings;
import dev.nameplate.hsm.JcaKeyVault;
import dev.nameplate.hsm.JcaSettings;
import dev.nameplate.hsm.KeyRules;
import dev.nameplate.hsm.PinSource;
import dev.nameplate.hsm.SoftHsm;
import dev.nameplate.hsm.TokenKeyVault;
import dev.nameplate.server.Settings.Token;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens the tokens that the settings name.
final class Vaults {

  private static final Logger LOG = LoggerFactory.getLogger(Vaults.class);

  /// The tokens as one vault.
  ///
  /// @param pairs those of them that stand in for each other
  record Opened(KeyVault vault, List<ClonedPair> pairs) {}

  private final InstantSource clock;
  private final RandomGenerator random;
  private final MeterRegistry meters;

  private Vaults(InstantSource clock, RandomGenerator random, MeterRegistry meters) {
    this.clock = clock;
    this.random = random;
    this.meters = meters;
  }

  /// Logged in. Of several tokens those that are away are opened when they are there: the others do
  /// not wait for them.
  ///
  /// @throws SigningException if no token is there, or one cannot be as it is said
  static Opened open(
      Settings settings, InstantSource clock, RandomGenerator random, MeterRegistry meters) {
    var vaults = new Vaults(clock, random, meters);
    return settings
        .token()
        .map(token -> new Opened(vaults.required(token), List.of()))
        .orElseGet(() -> vaults.several(settings.allTokens()));
  }

  /// Makes the SoftHSM token that the settings name.
  ///
  /// @throws SigningException if there is one, or SoftHSM refuses
  static void create(Settings settings, RandomGenerator random) {
    for (var token : settings.allTokens()) {
      var folder =
          token.softhsm().orElseThrow(() -> new IllegalArgumentException("not a SoftHSM token"));
      new SoftHsm(folder).createToken(token.label(), random);
    }
  }

  /// The keys in a vault, each timed under the role it signs in.
  static LiveAuthorities.Keys keys(KeyVault vault, MeterRegistry meters) {
    return (location, role) -> new TimedSigningKey(vault.find(location), role, meters);
  }

  /// The tokens that are reached over PKCS#11.
  static List<Tokens.Reached> reached(Settings settings) {
    var all = settings.allTokens();
    return all.stream()
        .filter(token -> token.driver() == Token.Driver.PKCS11)
        .map(token -> new Tokens.Reached(pkcs11(token, token.deadline()), holds(token, all)))
        .toList();
  }

  /// Whose keys are in it: its own, and those of the token that it is a clone of.
  private static Set<String> holds(Token token, List<Token> all) {
    var labels = new HashSet<String>(Set.of(token.label()));
    token.standby().ifPresent(labels::add);
    all.stream()
        .filter(each -> each.standby().filter(token.label()::equals).isPresent())
        .forEach(each -> labels.add(each.label()));
    return labels;
  }

  private Opened several(List<Token> tokens) {
    var places = new ArrayList<KeyVaults.Place>();
    var pairs = new ArrayList<ClonedPair>();
    try {
      for (var token : TokenRules.primaries(tokens)) {
        if (token.standby().isEmpty()) {
          var vault = expected(token, token.deadline());
          places.add(new KeyVaults.Place(Set.of(token.label()), vault, token.makes()));
        } else {
          var pair = pair(token, labelled(tokens, token.standby().get()));
          pairs.add(pair);
          places.add(new KeyVaults.Place(Set.of(pair.primary(), pair.standby()), pair, Set.of()));
        }
      }
      requireOne(places);
      return new Opened(new KeyVaults(places), List.copyOf(pairs));
    } catch (RuntimeException refused) {
      places.reversed().forEach(place -> place.vault().close());
      throw refused;
    }
  }

  private ClonedPair pair(Token primary, Token standby) {
    var half = primary.deadline().dividedBy(2);
    var first = expected(primary, half);
    try {
      return new ClonedPair(
          new ClonedPair.Member(primary.label(), first),
          new ClonedPair.Member(standby.label(), expected(standby, half)),
          clock);
    } catch (RuntimeException refused) {
      first.close();
      throw refused;
    }
  }

  /// Says what is away, and refuses only if that is everything.
  private static void requireOne(List<KeyVaults.Place> places) {
    var reasons = new ArrayList<String>();
    for (var place : places) {
      if (place.vault().health() instanceof VaultHealth.Down(var reason)) {
        LOG.error("a token is away: {}", reason);
        reasons.add(reason);
      }
    }
    if (reasons.size() == places.size()) {
      throw new SigningException("no token is there: " + String.join("; ", reasons));
    }
  }

  private KeyVault required(Token token) {
    return switch (token.driver()) {
      case PKCS11 ->
          measured(
              token,
              metrics ->
                  TokenKeyVault.open(pkcs11(token, token.deadline()), random, clock, metrics));
      case JCA -> JcaKeyVault.open(jca(token, token.deadline()), clock);
    };
  }

  private KeyVault expected(Token token, Duration deadline) {
    return switch (token.driver()) {
      case PKCS11 ->
          measured(
              token,
              metrics -> TokenKeyVault.expect(pkcs11(token, deadline), random, clock, metrics));
      case JCA -> JcaKeyVault.expect(jca(token, deadline), clock);
    };
  }

  private KeyVault measured(Token token, Function<HsmMetrics, TokenKeyVault> opening) {
    var metrics = new HsmMetrics(token.label(), meters);
    var vault = opening.apply(metrics);
    metrics.watch(vault);
    return vault;
  }

  private static Token labelled(List<Token> tokens, String label) {
    return tokens.stream().filter(token -> token.label().equals(label)).findFirst().orElseThrow();
  }

  private static HsmSettings pkcs11(Token token, Duration deadline) {
    var at =
        token.softhsm().isPresent()
            ? new SoftHsm(token.softhsm().get()).token(token.label())
            : HsmSettings.softHsm(token.label(), pin(token), Map.of());
    return at.withModule(token.module().orElse(at.module()))
        .withSessions(token.sessions())
        .withQueueLimit(token.queue())
        .withDeadline(deadline)
        .withKeepAlive(token.keepAlive().orElse(Duration.ZERO))
        .withInitialization(token.initialization().orElse(""))
        .withKeys(new KeyRules(token.rsaSignatures(), token.keyTemplate()));
  }

  private static JcaSettings jca(Token token, Duration deadline) {
    return new JcaSettings(
        token.label(),
        token.provider().orElseThrow(),
        token.providerConfig(),
        token.keyStore(),
        pin(token),
        token.sessions(),
        token.queue(),
        deadline);
  }

  private static PinSource pin(Token token) {
    return token
        .pinFile()
        .<PinSource>map(PinSource.File::new)
        .orElseGet(
            () -> PinSource.credential(token.pinCredential().orElseThrow(), System.getenv()));
  }
}
