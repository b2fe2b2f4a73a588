package dev.nameplate.ca.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.policy.Refusal.Reason;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AuditPayloadTest {

  @Test
  void aPayloadIsJsonWithTheEventAndItsComponentsInOrder() {
    assertThat(AuditPayload.of(new AuditEvent.ChainStarted("n1", "c0", 7, "00")))
        .isEqualTo(
            new AuditPayload(
                "ChainStarted",
                "{\"event\":\"ChainStarted\",\"node\":\"n1\",\"previousChain\":\"c0\","
                    + "\"previousSequence\":7,\"previousHash\":\"00\"}"));
  }

  @Test
  void whatOthersWroteIsEscapedDownToPrintableAscii() {
    var payload = refused("\"quoted\" \\ \n\u0000\u007f\u00e9\ud83d\ude00\u202e");

    assertThat(payload.json())
        .contains(
            "\"detail\":\"\\\"quoted\\\" \\\\ "
                + "\\u000a\\u0000\\u007f\\u00e9\\ud83d\\ude00\\u202e\"");
    assertThat(payload.bytes()).isEqualTo(payload.json().getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void nobodyCanWriteAnotherComponentIntoADetail() {
    assertThat(refused("x\",\"reason\":\"y").json())
        .contains("\"detail\":\"x\\\",\\\"reason\\\":\\\"y\"");
  }

  @Test
  void theTextIsTheSameInEveryLanguage() {
    var before = Locale.getDefault();
    var english = refused("\u00e9").json();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG"));
      assertThat(refused("\u00e9").json()).isEqualTo(english);
    } finally {
      Locale.setDefault(before);
    }
  }

  static Stream<Class<?>> events() {
    return Stream.of(AuditEvent.class, AuditEvent.OfOwner.class)
        .flatMap(kind -> Arrays.stream(kind.getPermittedSubclasses()))
        .filter(Class::isRecord);
  }

  @ParameterizedTest
  @MethodSource("events")
  void anEventThatHasAnOwnerBeginsWithItAndIsAboutIt(Class<?> event) {
    var components = event.getRecordComponents();
    boolean owned =
        Arrays.stream(components).map(RecordComponent::getType).anyMatch(Owner.class::equals);

    assertThat(components[0].getName().equals("owner")).isEqualTo(owned);
    assertThat(AuditEvent.OfOwner.class.isAssignableFrom(event)).isEqualTo(owned);
  }

  private static AuditPayload refused(String detail) {
    return AuditPayload.of(
        new AuditEvent.Refused(
            new DeviceId("pump-0017").owner(),
            "device",
            Reason.SECRET_SPENT,
            detail,
            "secret:1",
            Origin.INTERNAL));
  }
}
