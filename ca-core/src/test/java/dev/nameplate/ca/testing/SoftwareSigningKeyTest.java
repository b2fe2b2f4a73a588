package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.KeyType;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SoftwareSigningKeyTest extends SigningKeyContract {

  private static final byte[] DATA = {1, 2, 3};

  private final List<SigningKey> oneOfEachType =
      Stream.of(KeyType.values()).<SigningKey>map(SoftwareSigningKey::generate).toList();

  private final SoftwareSigningKey key = SoftwareSigningKey.generate(KeyType.EC_P256);

  @Override
  protected Stream<SigningKey> keys() {
    return oneOfEachType.stream();
  }

  @Test
  void anUnpluggedKeyFailsUntilItIsPluggedBackIn() {
    key.unplug();
    assertThatThrownBy(() -> key.sign(DATA)).isInstanceOf(SigningException.class);

    key.plugBackIn();
    assertThat(verifies(key.sign(DATA))).isTrue();
  }

  @Test
  void aLyingKeySignsSomethingElseUntilItTellsTheTruth() {
    key.lie();
    assertThat(verifies(key.sign(DATA))).isFalse();

    key.tellTheTruth();
    assertThat(verifies(key.sign(DATA))).isTrue();
  }

  private boolean verifies(byte[] signature) {
    return key.publicKey().verifies(key.algorithm(), DATA, signature);
  }
}
