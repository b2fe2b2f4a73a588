package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.x509.KeyType;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class TokenInspectionTest {

  @Test
  void aTokenIsDescribedWithoutItsPin() throws Exception {
    var settings = TestTokens.newToken("nameplate");
    Files.delete(TestTokens.pinFile(settings));

    var report = TokenInspection.look(settings);

    assertThat(report.manufacturer()).isEqualTo("SoftHSM");
    var token =
        report.slots().stream()
            .map(ModuleReport.Slot::token)
            .filter(each -> each != null && each.label().equals("nameplate"))
            .findFirst()
            .orElseThrow();
    assertThat(token.flags()).contains("CKF_LOGIN_REQUIRED", "CKF_TOKEN_INITIALIZED");
    assertThat(token.pin()).isEqualTo("ok");
    assertThat(token.sessions()).isEqualTo("any");
    assertThat(token.mechanisms())
        .anySatisfy(offer -> {
          assertThat(offer.name()).isEqualTo("CKM_EC_KEY_PAIR_GEN");
          assertThat(offer.smallest()).isLessThanOrEqualTo(256);
          assertThat(offer.largest()).isGreaterThanOrEqualTo(384);
          assertThat(offer.does()).containsExactly("generate pair");
        });
  }

  @Test
  void aTokenIsFoundWhereItsInitializationSaysThatItIs() throws Exception {
    var report = TokenInspection.look(NssSoftoken.newToken());

    assertThat(report.slots())
        .extracting(ModuleReport.Slot::token)
        .filteredOn(each -> each != null && each.label().equals(NssSoftoken.LABEL))
        .singleElement()
        .satisfies(each -> assertThat(each.flags()).contains("CKF_USER_PIN_INITIALIZED"));
  }

  @Test
  void aPinThatWasGivenWronglyIsSeen() throws Exception {
    var settings = TestTokens.newToken("nameplate");
    var pin = TestTokens.pinFile(settings);
    var right = Files.readString(pin);
    Files.writeString(pin, "wrong-pin");
    assertThatThrownBy(() -> TestTokens.open(settings)).hasMessageContaining("CKR_PIN_INCORRECT");
    Files.writeString(pin, right);

    var report = TokenInspection.look(settings);

    assertThat(report.slots())
        .extracting(slot -> Objects.requireNonNull(slot.token()).pin())
        .contains("CKF_USER_PIN_COUNT_LOW");
  }

  @Test
  void whoeverUsesTheTokenIsNotDisturbed() throws Exception {
    var settings = TestTokens.newToken("nameplate");
    try (var vault = TestTokens.open(settings)) {
      var key = vault.generate("ca", KeyType.EC_P256).key();

      TokenInspection.look(settings);

      assertThat(key.sign(new byte[] {1})).isNotEmpty();
    }
  }

  @Test
  void aFileThatIsNoLibraryIsRefused() throws Exception {
    var file = Files.writeString(TestTokens.newFolder().resolve("lib.so"), "not a library");

    assertThatThrownBy(() -> TokenInspection.look(file, Map.of()))
        .isInstanceOf(HsmException.class)
        .hasMessage(file + " cannot be loaded as a PKCS#11 library");
  }

  @Test
  void everyMechanismOfSoftHsmHasAName() throws Exception {
    for (var slot : TokenInspection.look(TestTokens.newToken("nameplate")).slots()) {
      var token = Objects.requireNonNull(slot.token());
      assertThat(token.mechanisms())
          .isNotEmpty()
          .allMatch(offer -> offer.name().startsWith("CKM_"));
    }
  }

  @Test
  void aBenchLeavesNoKeyInTheToken() throws Exception {
    var settings = TestTokens.newToken("nameplate");
    try (var vault = TestTokens.open(settings)) {
      var key = vault.measured(KeyType.EC_P256);

      var checked = SignatureBench.run(key.checked(), 4, Duration.ofMillis(200));
      var unchecked = SignatureBench.run(key.unchecked(), 4, Duration.ofMillis(200));

      assertThat(checked.perSecond()).isPositive();
      assertThat(unchecked.perSecond()).isPositive();
    }
    try (var vault = TestTokens.open(settings)) {
      assertThat(vault.keys()).isEmpty();
    }
  }
}
