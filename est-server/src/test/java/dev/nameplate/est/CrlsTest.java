package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What `/crls` says when it has none; that openssl reads those that there are is shown on a whole
/// server.
@Tag("X1")
class CrlsTest {

  private final Crls crls =
      new Crls(
          new EstSettings(
              Map.of("device", TestProfiles.DEVICE), "device", Set.of(), Duration.ofSeconds(5)),
          _ -> List.of());

  @Test
  void beforeTheFirstCrlTheAnswerSaysSo() {
    var answer = crls.get();

    assertThat(answer.getStatus()).isEqualTo(404);
    assertThat(new String((byte[]) answer.getEntity(), UTF_8))
        .isEqualTo("No CRL was published yet.\n");
  }

  @Test
  void aLabelThatIsNotThereIsNotFound() {
    assertThat(crls.get("nobody").getStatus()).isEqualTo(404);
  }

  @Test
  @Tag("U2")
  void noLabelHasTheNameOfTheseOperations() {
    assertThat(Operation.of("crls")).contains(Operation.CRLS);
    assertThat(Operation.of("renewal-info")).contains(Operation.RENEWAL_INFO);
  }
}
