package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.revocation.CrlListener;
import dev.nameplate.ca.revocation.CrlPublication;
import dev.nameplate.ca.revocation.CrlSchedule;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Copies of CRLs in a folder, for a web server.
@Tag("C09")
class CrlExportTest {

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final TestAuthority ca = TestAuthority.root("Test CA", KeyType.EC_P256, clock.instant());

  @TempDir private Path folder;

  @Test
  void eachNewCrlReplacesTheFileBefore() throws Exception {
    var export = export();
    publish();
    assertThat(export.run(clock.instant())).isEqualTo("1 CRLs exported");
    assertThat(number()).isEqualTo(lastNumber());

    assertThat(export.run(clock.instant())).isEqualTo("0 CRLs exported");
    publish();
    export.run(clock.instant());

    assertThat(number()).isEqualTo(lastNumber());
    assertThat(folder.resolve("crl")).isDirectoryRecursivelyContaining("glob:**/*.crl");
    assertThat(folder).isDirectoryNotContaining("glob:**/*.part");
  }

  @Test
  void aFullDiskLeavesTheFileBeforeAndIsSaid() throws Exception {
    publish();
    export().run(clock.instant());
    long before = lastNumber();
    publish();
    var full = new boolean[] {true};
    var export =
        new CrlExport(
            folder,
            store,
            () -> List.of(ca.authority(CrlScope.END_ENTITIES)),
            (to, content) -> {
              to.write(content.slice(0, full[0] ? 10 : content.remaining()));
              if (full[0]) {
                throw new IOException("No space left on device");
              }
            });

    assertThatThrownBy(() -> export.run(clock.instant()))
        .isInstanceOf(UncheckedIOException.class)
        .hasStackTraceContaining("No space left on device");

    assertThat(number()).isEqualTo(before);
    try (var files = Files.list(file().getParent())) {
      assertThat(files).containsExactly(file());
    }
    full[0] = false;
    export.run(clock.instant());
    assertThat(number()).isEqualTo(lastNumber());
  }

  @Test
  @Tag("C06")
  void aListWhoseDeltaIsThereIsTriedAgainWhenItFailedItself() throws Exception {
    failsOnceThenIsComplete(2);
  }

  @Test
  @Tag("C06")
  void aDeltaThatFailedIsTriedAgain() throws Exception {
    failsOnceThenIsComplete(1);
  }

  private void failsOnceThenIsComplete(int failing) throws Exception {
    publish(store, true);
    publish(store, true);
    var writes = new AtomicInteger();
    var export =
        new CrlExport(
            folder,
            store,
            () -> List.of(ca.authority(CrlScope.END_ENTITIES)),
            (to, content) -> {
              if (writes.incrementAndGet() == failing) {
                throw new IOException("No space left on device");
              }
              to.write(content);
            });
    assertThatThrownBy(() -> export.run(clock.instant())).isInstanceOf(UncheckedIOException.class);

    export.run(clock.instant());

    assertThat(number()).isEqualTo(lastNumber());
    assertThat(Crl.parse(Files.readAllBytes(delta())).number()).isEqualTo(lastNumber());
  }

  @Test
  @Tag("C06")
  void aDeltaGoesWhenThereAreNoneAnyMore() throws Exception {
    publish(store, true);
    publish(store, true);
    var export = export();
    export.run(clock.instant());
    assertThat(delta()).exists();

    publish();
    export.run(clock.instant());

    assertThat(delta()).doesNotExist();
    assertThat(number()).isEqualTo(lastNumber());
  }

  @Test
  void aNodeThatStartsAnewNeverReplacesANewerFileByAnOlderOne() throws Exception {
    var behind = new InMemoryStore(clock);
    publish(behind, false);
    publish();
    publish();
    export().run(clock.instant());

    var late = new CrlExport(folder, behind, () -> List.of(ca.authority(CrlScope.END_ENTITIES)));

    assertThat(late.run(clock.instant())).isEqualTo("0 CRLs exported");
    assertThat(number()).isEqualTo(lastNumber());
  }

  @Test
  void whatAKilledProcessLeftHalfWrittenIsReplaced() throws Exception {
    Files.createDirectories(file().getParent());
    Files.write(file(), new byte[] {0x30, 0x03, 1});
    Files.write(file().resolveSibling(file().getFileName() + ".part"), new byte[] {0x30});
    publish();

    export().run(clock.instant());

    assertThat(number()).isEqualTo(lastNumber());
    assertThat(file().resolveSibling(file().getFileName() + ".part")).doesNotExist();
  }

  private CrlExport export() {
    return new CrlExport(folder, store, () -> List.of(ca.authority(CrlScope.END_ENTITIES)));
  }

  private Path file() {
    return folder.resolve(StatusUrls.crlPath(ca.id(), CrlScope.END_ENTITIES).substring(1));
  }

  private Path delta() {
    return folder.resolve(StatusUrls.deltaPath(ca.id(), CrlScope.END_ENTITIES).substring(1));
  }

  private long number() throws Exception {
    return Crl.parse(Files.readAllBytes(file())).number().longValueExact();
  }

  private long lastNumber() {
    return store.latestCrl(ca.id(), CrlScope.END_ENTITIES).orElseThrow().number();
  }

  private void publish() {
    publish(store, false);
  }

  private void publish(InMemoryStore to, boolean withDelta) {
    clock.advance(Duration.ofHours(1));
    var publication =
        new CrlPublication(
            to, to, clock, CrlSchedule.DEFAULT, TestHierarchy.URLS, withDelta, CrlListener.NONE);
    assertThat(publication.publishIfDue(ca.authority(CrlScope.END_ENTITIES))).isPresent();
  }
}
