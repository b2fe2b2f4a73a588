package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.enrollment.SecretHash;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S6")
final class DigestNoncesTest {

  private final TestClock clock = new TestClock();
  private final SecretHash key = new SecretHash(new byte[32]);
  private final DigestNonces nonces = nonces(key);

  @Test
  void aNonceCountsUpwards() {
    var nonce = nonces.next();

    assertThat(nonces.use(nonce, 1)).isTrue();
    assertThat(nonces.use(nonce, 1)).isFalse();
    assertThat(nonces.use(nonce, 7)).isTrue();
    assertThat(nonces.use(nonce, 6)).isFalse();
  }

  @Test
  void itIsGoodForFiveMinutes() {
    var nonce = nonces.next();
    clock.advance(Duration.ofMinutes(5).minusSeconds(1));
    assertThat(nonces.use(nonce, 1)).isTrue();

    clock.advance(Duration.ofSeconds(1));
    assertThat(nonces.use(nonce, 2)).isFalse();
  }

  @Test
  void anotherNodeWithTheSameKeyTakesItAndOneWithAnotherKeyDoesNot() {
    var sameKey = nonces(key);
    var otherKey = nonces(new SecretHash("0123456789abcdef0123456789abcdef".getBytes(US_ASCII)));
    var nonce = nonces.next();

    assertThat(sameKey.use(nonce, 1)).isTrue();
    assertThat(otherKey.use(nonce, 1)).isFalse();
  }

  @Test
  void aProcessTakesNoneFromBeforeItsStart() {
    var nonce = nonces.next();
    clock.advance(Duration.ofSeconds(1));

    assertThat(nonces(key).use(nonce, 1)).isFalse();
  }

  @Test
  void itsMemoryIsBoundedAndWhatIsForgottenIsNotTakenAgain() {
    var first = nonces.next();
    assertThat(nonces.use(first, 1)).isTrue();
    for (int i = 0; i < 200; i++) {
      clock.advance(Duration.ofMillis(10));
      assertThat(nonces.use(nonces.next(), 1)).isTrue();
    }

    assertThat(nonces.size()).isEqualTo(100);
    assertThat(nonces.use(first, 1)).isFalse();
    assertThat(nonces.use(first, 2)).isFalse();
  }

  @Test
  void aChangedNonceBearsNoStamp() {
    var nonce = nonces.next();
    char changed = nonce.charAt(5) == 'A' ? 'B' : 'A';

    assertThat(nonces.use(nonce.substring(0, 5) + changed + nonce.substring(6), 1)).isFalse();
    assertThat(nonces.use("", 1)).isFalse();
    assertThat(nonces.use("%%%", 1)).isFalse();
  }

  private DigestNonces nonces(SecretHash stamping) {
    return new DigestNonces(clock, new Random(1), stamping::stamp, Duration.ofMinutes(5), 100);
  }
}
