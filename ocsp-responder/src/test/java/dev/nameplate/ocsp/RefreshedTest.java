package dev.nameplate.ocsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.testing.FakeClock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RefreshedTest {

  private final FakeClock clock = new FakeClock();
  private final AtomicInteger reads = new AtomicInteger();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch end = new CountDownLatch(1);
  private volatile boolean away;
  private volatile boolean hangs;
  private final Refreshed<Integer> number = new Refreshed<>(clock, this::read);

  @Test
  void itIsReadAnewWhenItIsASecondOld() {
    assertThat(number.get()).isEqualTo(1);
    clock.advance(Duration.ofMillis(999));
    assertThat(number.get()).isEqualTo(1);
    clock.advance(Duration.ofMillis(1));
    assertThat(number.get()).isEqualTo(2);
  }

  @Test
  void whileOneReadsTheOthersGetTheLastCopyAtOnce() throws Exception {
    number.get();
    clock.advance(Duration.ofSeconds(2));
    away = true;
    hangs = true;
    try (var readers = Executors.newVirtualThreadPerTaskExecutor()) {
      var slow = readers.submit(number::get);
      begun.await();

      assertThat(readers.submit(number::get).get(30, TimeUnit.SECONDS)).isEqualTo(1);

      end.countDown();
      assertThat(slow.get()).isEqualTo(1);
    } finally {
      end.countDown();
    }
    assertThat(reads).hasValue(2);
  }

  @Test
  void aReadThatFailedAfterALongTimeIsNotTriedAgainAtOnce() throws Exception {
    number.get();
    clock.advance(Duration.ofSeconds(2));
    away = true;
    hangs = true;
    try (var readers = Executors.newVirtualThreadPerTaskExecutor()) {
      var slow = readers.submit(number::get);
      begun.await();
      clock.advance(Duration.ofSeconds(10));
      end.countDown();
      slow.get();
    } finally {
      end.countDown();
    }

    assertThat(number.get()).isEqualTo(1);
    assertThat(reads).hasValue(2);
    away = false;
    clock.advance(Duration.ofSeconds(1));
    assertThat(number.get()).isEqualTo(3);
  }

  @Test
  void withoutACopyItFailsForAsLongAsTheStoreIsAway() {
    away = true;
    assertThatThrownBy(number::get).isInstanceOf(StoreException.class);

    away = false;
    assertThat(number.get()).isEqualTo(2);
  }

  private int read(Optional<Integer> last) {
    int count = reads.incrementAndGet();
    begin();
    if (away) {
      throw new StoreException("the store was taken away");
    }
    return count;
  }

  private void begin() {
    if (!hangs) {
      return;
    }
    begun.countDown();
    try {
      end.await();
    } catch (InterruptedException stopping) {
      throw new IllegalStateException(stopping);
    }
  }
}
