package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.profile.CertificateProfile;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EstSettingsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cacerts",
        "simpleenroll",
        "simplereenroll",
        "fullcmc",
        "serverkeygen",
        "csrattrs"
      })
  void u2ALabelCannotHaveTheNameOfAnOperation(String operation) {
    assertThatThrownBy(() -> settings(Map.of(operation, TestProfiles.DEVICE), operation))
        .hasMessage("the EST label " + operation + " has the name of an operation");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Device", "a/b", "a;b", "..", "a%20b", "é"})
  void aLabelIsPlain(String label) {
    assertThatThrownBy(() -> settings(Map.of(label, TestProfiles.DEVICE), label))
        .hasMessage("not an EST label: " + label);
  }

  @Test
  void theDefaultLabelIsOneOfTheLabels() {
    assertThatThrownBy(() -> settings(Map.of("device", TestProfiles.DEVICE), "sensor"))
        .hasMessage("the default EST label sensor is no label");
  }

  @Test
  void aProfileThatIsNotForEstHasNoLabel() {
    assertThatThrownBy(() -> settings(Map.of("tls", TestProfiles.TLS_SERVER), "tls"))
        .hasMessage("the EST label tls: profile tls-server is not for EST");
  }

  @Test
  void aLabelIsFoundOnlyAsItIsWritten() {
    var settings = settings(Map.of("device", TestProfiles.DEVICE), "device");

    assertThat(settings.profile("device")).contains(TestProfiles.DEVICE);
    assertThat(settings.profile("DEVICE")).isEmpty();
    assertThat(settings.profile("device ")).isEmpty();
  }

  private static EstSettings settings(Map<String, CertificateProfile> labels, String first) {
    return new EstSettings(labels, first, Set.of(), Duration.ofSeconds(5));
  }
}
