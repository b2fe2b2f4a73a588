package dev.nameplate.server.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.server.ProfileFiles;
import dev.nameplate.server.tls.TlsStack.Preference;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TlsStackTest {

  private static final Set<KeyType> USUAL = Set.of(KeyType.RSA_2048, KeyType.EC_P256);

  @Test
  void withoutAPreferenceItIsConscryptWhereItLoads() {
    var choice = TlsStack.choose(Preference.AUTO, USUAL);

    assertThat(choice.stack()).isInstanceOf(ConscryptTls.class);
    assertThat(choice.stack().name()).matches("Conscrypt \\d+\\.\\d+\\.\\d+");
    assertThat(choice.why()).contains("fastest");
  }

  @Test
  void withoutAPreferenceNoDeviceIsLockedOutByTheKindOfItsKey() {
    var choice = TlsStack.choose(Preference.AUTO, List.of(KeyType.EC_P256, KeyType.ED25519));

    assertThat(choice.stack()).isInstanceOf(JdkTls.class);
    assertThat(choice.why())
        .isEqualTo(
            "devices may have keys of type ed25519,"
                + " with which Conscrypt does not let them authenticate");
  }

  @Test
  void theProfilesOfANewServerLeaveTheChoiceToUs() {
    var keys =
        ProfileFiles.defaults().est().stream()
            .flatMap(profile -> profile.keys().allowed().stream())
            .collect(Collectors.toSet());

    assertThat(TlsStack.choose(Preference.AUTO, keys).stack()).isInstanceOf(ConscryptTls.class);
  }

  @Test
  void aPreferenceIsFollowed() {
    assertThat(TlsStack.choose(Preference.JDK, USUAL).stack()).isInstanceOf(JdkTls.class);
    assertThat(TlsStack.choose(Preference.CONSCRYPT, Set.of(KeyType.values())).stack())
        .isInstanceOf(ConscryptTls.class);
  }
}
