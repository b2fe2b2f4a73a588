package dev.nameplate.ca.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceAttributesTest {

  @Test
  void keepsWhatIsSaidOfADevice() {
    assertThat(DeviceAttributes.NONE.withModel("GW2").withSite("Graz").site()).contains("Graz");
    assertThat(DeviceAttributes.NONE.lot()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", " Graz", "Graz ", "Gr\naz", "Gr\u001b[2Jaz", "Gr\u009baz"})
  void saysWhichValueCannotBe(String value) {
    assertThatThrownBy(() -> DeviceAttributes.NONE.withSite(value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("site: ");
  }

  @Test
  void noValueIsLongerThanAHundredCharacters() {
    assertThat(DeviceAttributes.NONE.withLot("x".repeat(100)).lot()).isPresent();
    assertThatThrownBy(() -> DeviceAttributes.NONE.withLot("x".repeat(101)))
        .hasMessage("lot: 101 characters; at most 100 are allowed");
  }
}
