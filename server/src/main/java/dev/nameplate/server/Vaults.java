package dev.nameplate.server;

import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.hsm.HsmSettings;
import dev.nameplate.hsm.KeyRules;
import dev.nameplate.hsm.PinSource;
import dev.nameplate.hsm.SoftHsm;
import dev.nameplate.hsm.TokenKeyVault;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Opens the token that the settings name.
final class Vaults {

  private Vaults() {}

  /// Logged in.
  ///
  /// @throws SigningException if it is not there, or refuses
  static KeyVault open(Settings settings, InstantSource clock, RandomGenerator random) {
    return TokenKeyVault.open(tokenSettings(settings.token()), random, clock);
  }

  /// Makes the SoftHSM token that the settings name.
  ///
  /// @throws SigningException if there is one, or SoftHSM refuses
  static void create(Settings settings, RandomGenerator random) {
    var folder =
        settings
            .token()
            .softhsm()
            .orElseThrow(() -> new IllegalArgumentException("not a SoftHSM token"));
    new SoftHsm(folder).createToken(settings.token().label(), random);
  }

  /// The keys in a vault, each timed under the role it signs in.
  static LiveAuthorities.Keys keys(KeyVault vault, MeterRegistry meters) {
    return (location, role) -> new TimedSigningKey(vault.find(location), role, meters);
  }

  private static HsmSettings tokenSettings(Settings.Token token) {
    var at =
        token.softhsm().isPresent()
            ? new SoftHsm(token.softhsm().get()).token(token.label())
            : HsmSettings.softHsm(
                token.label(), new PinSource.File(token.pinFile().orElseThrow()), Map.of());
    return at.withModule(token.module().orElse(at.module()))
        .withSessions(token.sessions())
        .withInitialization(token.initialization().orElse(""))
        .withKeys(new KeyRules(token.rsaSignatures(), token.keyTemplate()));
  }
}
