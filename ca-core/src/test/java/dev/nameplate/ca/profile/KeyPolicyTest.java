package dev.nameplate.ca.profile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.x509.KeyType;
import java.util.LinkedHashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyPolicyTest {

  @Test
  void theOrderOfTheTypesIsKept() {
    var types = List.of(KeyType.RSA_3072, KeyType.EC_P384, KeyType.EC_P256);
    var policy = new KeyPolicy(new LinkedHashSet<>(types));

    assertThat(policy.allowed()).containsExactlyElementsOf(types);
    assertThat(policy.allows(KeyType.EC_P256)).isTrue();
    assertThat(policy.allows(KeyType.RSA_2048)).isFalse();
  }

  @Test
  void whereAnyStrongKeyWillDoP256IsPreferred() {
    assertThat(KeyPolicy.anyStrong().allowed())
        .startsWith(KeyType.EC_P256)
        .containsExactlyInAnyOrder(KeyType.values());
  }
}
