package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What every lease store promises.
public abstract class LeaseStoreContract extends StoreContract {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void aFreeLeaseIsTaken() {
    assertThat(lease("a")).hasValue(1);
  }

  @Test
  void whatAnotherNodeHoldsIsNotTaken() {
    lease("a");
    clock.advance(MINUTE.minusSeconds(1));

    assertThat(lease("b")).isEmpty();
  }

  @Test
  void theHolderKeepsItsNumberAndGetsMoreTime() {
    lease("a");
    clock.advance(MINUTE.minusSeconds(1));

    assertThat(lease("a")).hasValue(1);
    clock.advance(MINUTE.minusSeconds(1));
    assertThat(lease("b")).isEmpty();
  }

  @Test
  void aLeaseThatRanOutIsTakenWithALargerNumber() {
    lease("a");
    clock.advance(MINUTE);

    assertThat(lease("b")).hasValue(2);
    assertThat(lease("a")).isEmpty();
    clock.advance(MINUTE);
    assertThat(lease("a")).hasValue(3);
  }

  @Test
  void eachJobHasItsOwnLease() {
    lease("a");

    assertThat(leases().lease("other", "b", clock.instant(), MINUTE)).hasValue(1);
  }

  @Test
  void ofManyNodesOneGetsTheLease() throws Exception {
    var tasks = IntStream.range(0, 16).<Callable<OptionalLong>>mapToObj(i -> () -> lease("n" + i));
    var taken = new ArrayList<OptionalLong>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var outcome : threads.invokeAll(tasks.toList())) {
        taken.add(outcome.get());
      }
    }

    assertThat(taken).filteredOn(OptionalLong::isPresent).hasSize(1);
  }

  private OptionalLong lease(String node) {
    return leases().lease("crl", node, clock.instant(), MINUTE);
  }
}
