package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditQuery;
import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.policy.Refusal.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What every audit log promises.
public abstract class AuditLogContract extends StoreContract {

  private static final Owner PUMP = new Owner(OwnerKind.DEVICE, "pump");
  private static final Owner VALVE = new Owner(OwnerKind.DEVICE, "valve");

  @Test
  void theChainBeginsByNamingWhatWasBefore() {
    assertThat(rows())
        .singleElement()
        .satisfies(row -> {
          assertThat(row.kind()).isEqualTo("ChainStarted");
          assertThat(row.sequence()).isEqualTo(1);
          assertThat(row.previousHash()).isEqualTo(AuditRow.NOTHING_BEFORE);
          assertThat(row.at()).isEqualTo(clock.instant());
        });
  }

  @Test
  void eachRowHangsOnTheOneBefore() {
    audit().append(refused(PUMP, "first"));
    clock.advance(Duration.ofMillis(1));
    audit().append(refused(PUMP, "second"));

    var rows = rows();
    assertThat(rows).extracting(AuditRow::sequence).containsExactly(1L, 2L, 3L);
    assertThat(rows.get(2).previousHash()).isEqualTo(rows.get(1).hash());
    assertThat(rows.get(2))
        .isEqualTo(
            AuditRow.next(
                rows.getFirst().chain(),
                3,
                clock.instant(),
                rows.get(1).hash(),
                refused(PUMP, "second")));
    assertThat(verdict()).isEqualTo(new AuditVerdict.Intact(3, 1));
  }

  @Test
  void theSameEventMayHappenTwice() {
    audit().append(refused(PUMP, "again"));
    audit().append(refused(PUMP, "again"));

    assertThat(rows()).hasSize(3).allMatch(row -> row.payload().isPresent());
    assertThat(verdict()).isEqualTo(new AuditVerdict.Intact(3, 1));
  }

  @Test
  void textOfAnyKindIsKeptAsItIs() {
    audit().append(refused(PUMP, "\"quoted\" \\ \n Grüße 🚰 ' ; --"));

    assertThat(verdict()).isEqualTo(new AuditVerdict.Intact(2, 1));
  }

  @Test
  void theNewestRowsComeFirst() {
    for (int i = 0; i < 5; i++) {
      audit().append(refused(i % 2 == 0 ? PUMP : VALVE, "number " + i));
      clock.advance(Duration.ofMillis(1));
    }

    var all = rows();
    assertThat(audit().newest(Optional.empty(), 2)).containsExactly(all.get(5), all.get(4));
    assertThat(audit().newest(Optional.of("device:pump"), 10))
        .containsExactly(all.get(5), all.get(3), all.get(1));
    assertThat(audit().newest(Optional.of("device:none"), 10)).isEmpty();
  }

  @Test
  void rowsThatWereWrittenInOneMomentKeepTheirOrder() {
    for (int i = 0; i < 5; i++) {
      audit().append(refused(PUMP, "number " + i));
    }

    assertThat(audit().newest(Optional.empty(), 10)).isEqualTo(rows().reversed());
  }

  @Test
  void manyWritersMakeOneChain() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      IntStream.range(0, 50)
          .forEach(i -> threads.execute(() -> audit().append(refused(PUMP, "number " + i))));
    }

    assertThat(verdict()).isEqualTo(new AuditVerdict.Intact(51, 1));
  }

  @Test
  void aLongLogIsReadToItsEnd() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      IntStream.range(0, 1500)
          .forEach(i -> threads.execute(() -> audit().append(refused(VALVE, "number " + i))));
    }

    assertThat(verdict()).isEqualTo(new AuditVerdict.Intact(1501, 1));
  }

  @Test
  void rowsAreFoundByKindAndTimeAndReadPageByPage() {
    audit().append(refused(PUMP, "one"));
    clock.advance(Duration.ofMinutes(1));
    var since = clock.instant();
    audit().append(new AuditEvent.ServerStopped("main"));
    audit().append(refused(VALVE, "two"));
    clock.advance(Duration.ofMinutes(1));
    var until = clock.instant();
    audit().append(refused(PUMP, "three"));

    assertThat(audit().newest(query(Optional.of("Refused"), Optional.empty(), Optional.empty())))
        .extracting(row -> row.payload().orElseThrow())
        .satisfiesExactly(
            row -> assertThat(row).contains("three"),
            row -> assertThat(row).contains("two"),
            row -> assertThat(row).contains("one"));
    assertThat(audit().newest(query(Optional.empty(), Optional.of(since), Optional.of(until))))
        .extracting(AuditRow::kind)
        .containsExactly("Refused", "ServerStopped");

    var read = new ArrayList<AuditRow>();
    var after = Optional.<AuditQuery.Place>empty();
    do {
      var page =
          new AuditQuery(
              Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), after, 2);
      var rows = audit().newest(page);
      read.addAll(rows);
      after = page.next(rows).map(place -> AuditQuery.Place.parse(place.toString()));
    } while (after.isPresent());
    assertThat(read).isEqualTo(audit().newest(Optional.empty(), 100)).hasSize(5);
  }

  private static AuditQuery query(
      Optional<String> kind, Optional<Instant> since, Optional<Instant> until) {
    return new AuditQuery(Optional.empty(), kind, since, until, Optional.empty(), 100);
  }

  private static AuditEvent refused(Owner owner, String detail) {
    return new AuditEvent.Refused(
        owner, "device", Reason.OWNER_RETIRED, detail, "secret:s1", Origin.INTERNAL);
  }
}
