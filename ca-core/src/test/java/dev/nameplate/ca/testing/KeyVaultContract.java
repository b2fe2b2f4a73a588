package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.KeyVault.GeneratedKey;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.x509.KeyType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// What every vault promises that makes keys.
public abstract class KeyVaultContract extends KeyFindingContract {

  /// Whether the vault lets no key out, as it should; if not, the evidence must say so.
  protected boolean keepsKeysIn() {
    return true;
  }

  /// Not the same as [#type].
  protected KeyType anotherType() {
    return KeyType.EC_P384;
  }

  @Override
  protected final GeneratedKey made(KeyVault vault, String label, KeyType type) {
    return vault.generate(label, type);
  }

  @Test
  void aGeneratedKeyIsOfTheTypeAskedForAndSigns() {
    var generated = vault.generate("ca", anotherType());

    assertThat(generated.key().publicKey().type()).isEqualTo(anotherType());
    assertThat(signs(generated.key())).isTrue();
  }

  @Test
  void theLocationOfAGeneratedKeySaysWhatItIs() {
    var generated = vault.generate("ca", type());

    assertThat(generated.location().label()).isEqualTo("ca");
    assertThat(generated.location().id()).matches("([0-9a-f]{2})+");
    assertThat(generated.location().fingerprint())
        .isEqualTo(generated.key().publicKey().fingerprint());
  }

  @Test
  void theEvidenceOfAKeyHoldsItsSignatureOverTheNonce() {
    var generated = vault.generate("ca", type());

    var evidence = vault.evidence(generated.location(), DATA, Instant.EPOCH);

    var proof = evidence.proof();
    assertThat(evidence.key()).isEqualTo(generated.location());
    assertThat(proof.nonce()).isEqualTo(HexFormat.of().formatHex(DATA));
    assertThat(proof.signed()).contains(proof.nonce(), generated.location().fingerprint().hex());
    assertThat(
            evidence
                .publicKey()
                .verifies(
                    generated.key().algorithm(),
                    proof.signed().getBytes(StandardCharsets.UTF_8),
                    Base64.getDecoder().decode(proof.signature())))
        .isTrue();
    assertThat(evidence.exposures().isEmpty()).isEqualTo(keepsKeysIn());
    assertThat(evidence.limits()).isNotEmpty();
  }

  @Test
  void aLabelIsGivenOnce() {
    var first = vault.generate("ca", type());

    assertThatThrownBy(() -> vault.generate("ca", type()))
        .isInstanceOf(SigningException.class)
        .hasMessageContaining("ca");
    assertThat(signs(vault.find(first.location()))).isTrue();
  }

  @Test
  void ofManyCallersWhoWantOneLabelOneGetsIt() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<GeneratedKey> generate = () -> vault.generate("ca", type());
      var attempts = threads.invokeAll(Collections.nCopies(8, generate));

      var made = new ArrayList<GeneratedKey>();
      for (var attempt : attempts) {
        try {
          made.add(attempt.get());
        } catch (ExecutionException refused) {
          assertThat(refused).hasCauseInstanceOf(SigningException.class);
        }
      }
      assertThat(made).hasSize(1);
      assertThat(signs(vault.find(made.getFirst().location()))).isTrue();
    }
  }

  @Test
  void aKeyWithAnotherIdIsRefused() {
    var there = vault.generate("ca", type()).location();

    assertRefused(new KeyLocation(there.token(), there.label(), "00", there.fingerprint()));
  }

  @Test
  void keysHaveIdsOfTheirOwn() {
    assertThat(vault.generate("ca", type()).location().id())
        .isNotEqualTo(vault.generate("ocsp", type()).location().id());
  }

  @Test
  void aClosedVaultMakesNoKey() {
    vault.close();

    assertThatThrownBy(() -> vault.generate("ocsp", type())).isInstanceOf(SigningException.class);
  }
}
