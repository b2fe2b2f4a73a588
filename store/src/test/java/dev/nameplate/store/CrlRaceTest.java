package dev.nameplate.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.revocation.CrlListener;
import dev.nameplate.ca.revocation.CrlPublication;
import dev.nameplate.ca.revocation.CrlSchedule;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.KeyType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Two nodes on one PostgreSQL that both publish, as if there were no leases.
@Tag("C15")
class CrlRaceTest {

  private static final int ROUNDS = 10;

  private final FakeClock clock = new FakeClock();
  private final TestAuthority ca = TestAuthority.root("Test CA", KeyType.EC_P256, clock.instant());

  @Test
  void eachNumberIsPublishedOnceAndNoneIsLeftOut() throws Exception {
    long first = clock.instant().getEpochSecond();
    var settings = TestDatabase.POSTGRESQL.fresh();
    try (var a = open(settings, "a");
        var b = open(settings, "b");
        var threads = Executors.newFixedThreadPool(4)) {
      var published = new ArrayList<PublishedCrl>();
      for (int round = 0; round < ROUNDS; round++) {
        List<Callable<Optional<PublishedCrl>>> race =
            List.of(() -> publish(a), () -> publish(b), () -> publish(a), () -> publish(b));
        for (var outcome : threads.invokeAll(race)) {
          outcome.get().ifPresent(published::add);
        }
      }

      assertThat(published)
          .extracting(PublishedCrl::number)
          .containsExactlyInAnyOrderElementsOf(
              LongStream.range(first, first + published.size()).boxed().toList());
      assertThat(published).hasSizeGreaterThanOrEqualTo(ROUNDS);
      for (var node : List.of(a, b)) {
        var latest = node.crls().latestCrl(ca.id(), CrlScope.END_ENTITIES).orElseThrow();
        assertThat(latest.number()).isEqualTo(first + published.size() - 1);
        assertThat(Crl.parse(latest.der()).number()).isEqualTo(first + published.size() - 1);
      }
    }
  }

  private Optional<PublishedCrl> publish(Database node) {
    return new CrlPublication(
            node.crls(),
            node.certificates(),
            clock,
            CrlSchedule.DEFAULT,
            TestHierarchy.URLS,
            CrlListener.NONE)
        .publishNow(ca.authority(CrlScope.END_ENTITIES), CrlScope.END_ENTITIES);
  }

  private Database open(DatabaseSettings settings, String node) {
    return Database.open(
        settings,
        clock,
        new Random(node.hashCode()),
        node,
        fatal -> {
          throw new AssertionError("the database stopped", fatal);
        });
  }
}
