package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BasicCredentialsTest {

  @Test
  void theFirstColonEndsTheUserName() {
    try (var basic = BasicCredentials.parse(EstFixture.basic("pump", "a:b")).orElseThrow()) {
      assertThat(basic.user()).isEqualTo("pump");
      assertThat(new String(basic.secret(), UTF_8)).isEqualTo("a:b");
    }
  }

  @Test
  void theSchemeIsReadInAnyCase() {
    assertThat(BasicCredentials.parse("bASIC OjE=")).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "Basic", "Basic !", "Basic cHVtcA==", "Digest username=x", "Bearer x"})
  void anythingElseIsNoCredential(String header) {
    assertThat(BasicCredentials.parse(header)).isEmpty();
  }

  @Test
  void closingWipesTheSecretAndPrintingHidesIt() {
    var basic = BasicCredentials.parse(EstFixture.basic("pump", "secret")).orElseThrow();
    assertThat(basic).hasToString("BasicCredentials[pump]");

    basic.close();

    assertThat(basic.secret()).containsOnly(0);
  }
}
