package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.MalformedCsrException;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.server.tls.TlsStack;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeRenewalTest {

  private static final Duration LIFE = Duration.ofDays(90);

  @TempDir Path dir;

  private final FakeClock clock = new FakeClock();
  private final TestAuthority issuing =
      TestAuthority.root("Acme Issuing CA 1", KeyType.EC_P256, clock.instant());
  private final SoftwareKey key = SoftwareKey.generate(KeyType.EC_P256);
  private final TlsIdentity before = new TlsIdentity(key, List.of(certificate(key.publicKey())));
  private final AtomicReference<TlsIdentity> shown = new AtomicReference<>(before);
  private final List<Der> asked = new ArrayList<>();
  private boolean away;

  private Settings.Tls files;
  private NodeRenewal renewal;

  @BeforeEach
  void itIsDue() {
    var file = dir.resolve("tls/node.pem");
    files = new Settings.Tls(file, file, Duration.ofSeconds(30), TlsStack.Preference.JDK);
    renewal = new NodeRenewal(shown, this::renew, files);
    clock.advance(LIFE.minusDays(1));
  }

  @Test
  void whereTheDiskCannotBeWrittenNothingIsAskedFor() throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> renewal.run(clock.instant()))
          .isInstanceOf(UncheckedIOException.class);
    }
    assertThat(asked).isEmpty();
    assertThat(shown).hasValue(before);

    Files.createDirectory(dir.resolve("tls"));
    renewal.run(clock.instant());

    assertThat(asked).hasSize(1);
    assertThat(TlsIdentity.load(files).certificate()).isEqualTo(shown.get().certificate());
    assertThat(shown.get().certificate()).isNotEqualTo(before.certificate());
    try (var left = Files.list(dir.resolve("tls"))) {
      assertThat(left).containsExactly(files.key());
    }
  }

  @Test
  void attemptsThatFailAskForTheSame() throws Exception {
    Files.createDirectory(dir.resolve("tls"));
    away = true;
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> renewal.run(clock.instant()))
          .isInstanceOf(IssuingNodeException.class);
    }
    away = false;
    renewal.run(clock.instant());

    assertThat(asked).hasSize(4);
    assertThat(asked.stream().distinct()).hasSize(1);
  }

  @Test
  void afterARestartTheSameKeyAsksAgain() throws Exception {
    Files.createDirectory(dir.resolve("tls"));
    away = true;
    assertThatThrownBy(() -> renewal.run(clock.instant())).isInstanceOf(IssuingNodeException.class);

    away = false;
    new NodeRenewal(shown, this::renew, files).run(clock.instant());

    assertThat(asked).hasSize(2);
    assertThat(keyOf(asked.getLast())).isEqualTo(keyOf(asked.getFirst()));
    assertThat(shown.get().certificate().publicKey()).isEqualTo(keyOf(asked.getFirst()));
  }

  @Test
  void aKeyThatIsShownAlreadyIsNotUsedAgain() throws Exception {
    Files.createDirectory(dir.resolve("tls"));
    Files.writeString(dir.resolve("tls/node.pem.next"), key.toPem());

    renewal.run(clock.instant());

    assertThat(shown.get().certificate().publicKey()).isNotEqualTo(key.publicKey());
    assertThat(dir.resolve("tls/node.pem.next")).doesNotExist();
  }

  @Test
  void aKeyThatCannotBeReadBackIsReplaced() throws Exception {
    Files.createDirectory(dir.resolve("tls"));
    Files.writeString(dir.resolve("tls/node.pem.next"), "-----BEGIN NOTHING-----\n");

    renewal.run(clock.instant());

    assertThat(shown.get().certificate()).isNotEqualTo(before.certificate());
  }

  private static PublicKeyInfo keyOf(Der request) throws MalformedCsrException {
    return Csr.parse(request.toByteArray()).publicKey();
  }

  private Certificate renew(String label, Der request) {
    assertThat(label).isEqualTo("node");
    asked.add(request);
    if (away) {
      throw new IssuingNodeException("away");
    }
    try {
      return certificate(Csr.parse(request.toByteArray()).publicKey());
    } catch (MalformedCsrException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private Certificate certificate(PublicKeyInfo of) {
    return issuing.issue(
        TestAuthority.Use.OCSP_SIGNER,
        "status-1",
        of,
        new SerialNumber(BigInteger.valueOf(clock.instant().getEpochSecond())),
        clock.instant(),
        clock.instant().plus(LIFE));
  }
}
