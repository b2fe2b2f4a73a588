package dev.nameplate.cli.est;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityFolderTest {

  @TempDir Path temporary;

  private Path pump = Path.of("");
  private X509Certificate first = certificate();
  private X509Certificate second = first;

  @BeforeEach
  void twoCertificates() {
    pump = temporary.resolve("pump");
    first = certificate();
    second = certificate();
  }

  @Test
  void theKeyIsOnDiskForItsOwnerOnlyBeforeAnythingIsSent() throws IOException {
    try (var folder = IdentityFolder.open(pump)) {
      var attempt = folder.begin(key(), request(key()));

      assertThat(permissions(attempt.folder().resolve("key.pem"))).isEqualTo("rw-------");
      assertThat(folder.unfinished()).map(Attempt::csr).map(Csr::der).contains(attempt.csr().der());
      assertThat(pump.resolve("key.pem")).doesNotExist();
    }
  }

  @Test
  void aCommitShowsKeyCertificateAndChainTogether() throws IOException {
    var key = key();
    enroll(key, first);

    var identity = IdentityFolder.read(pump).orElseThrow();
    assertThat(identity.key().publicKey()).isEqualTo(key.publicKey());
    assertThat(identity.certificate()).isEqualTo(first);
    assertThat(identity.issuers()).containsExactly(second);
    assertThat(permissions(pump.resolve("key.pem"))).isEqualTo("rw-------");
    assertThat(permissions(pump.resolve("cert.pem"))).isEqualTo("rw-r--r--");
  }

  @Test
  void whileAnAttemptIsUnderWayTheOldPairStays() throws IOException {
    var old = key();
    enroll(old, first);

    try (var folder = IdentityFolder.open(pump)) {
      folder.begin(key(), request(key()));
    }

    var identity = IdentityFolder.read(pump).orElseThrow();
    assertThat(identity.key().publicKey()).isEqualTo(old.publicKey());
    assertThat(identity.certificate()).isEqualTo(first);
  }

  @Test
  void aRunThatDiedIsContinuedWithItsKey() throws IOException {
    enroll(key(), first);
    var next = key();
    try (var folder = IdentityFolder.open(pump)) {
      folder.begin(next, request(next));
    }

    try (var folder = IdentityFolder.open(pump)) {
      var attempt = folder.unfinished().orElseThrow();
      assertThat(attempt.key().publicKey()).isEqualTo(next.publicKey());
      folder.commit(attempt, second, List.of());
    }

    var identity = IdentityFolder.read(pump).orElseThrow();
    assertThat(identity.key().publicKey()).isEqualTo(next.publicKey());
    assertThat(identity.certificate()).isEqualTo(second);
  }

  @Test
  void theOldKeyIsGoneAfterTheNewOneIsInPlace() throws IOException {
    enroll(key(), first);
    enroll(key(), second);

    try (var files = Files.walk(pump)) {
      assertThat(
              files
                  .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                  .map(Path::getFileName)
                  .map(Path::toString))
          .containsExactlyInAnyOrder(".lock", "key.pem", "request.pem", "cert.pem", "chain.pem");
    }
  }

  @Test
  void anAttemptThatDiedBeforeItsRequestWasWrittenIsNone() throws IOException {
    try (var folder = IdentityFolder.open(pump)) {
      var attempt = folder.begin(key(), request(key()));
      Files.writeString(attempt.folder().resolve("request.pem"), "-----BEGIN CERT");

      assertThat(folder.unfinished()).isEmpty();
      var again = key();
      assertThat(folder.begin(again, request(again)).key().publicKey())
          .isEqualTo(again.publicKey());
    }
  }

  @Test
  void aRunThatDiedBetweenCertificateAndLinkIsContinued() throws IOException {
    var key = key();
    try (var folder = IdentityFolder.open(pump)) {
      var attempt = folder.begin(key, request(key));
      Files.writeString(attempt.folder().resolve("chain.pem"), "");
      Files.writeString(attempt.folder().resolve("cert.pem"), "half of it");
    }

    try (var folder = IdentityFolder.open(pump)) {
      folder.commit(folder.unfinished().orElseThrow(), first, List.of());
    }

    assertThat(IdentityFolder.read(pump)).map(Identity::certificate).contains(first);
  }

  @Test
  void plainFilesOfAnotherToolAreTakenOverWithoutAMomentOfMismatch() throws IOException {
    var old = key();
    enroll(old, first);
    var plain = temporary.resolve("plain");
    Files.createDirectory(plain);
    for (var name : List.of("key.pem", "cert.pem", "chain.pem")) {
      Files.copy(pump.resolve(name), plain.resolve(name));
    }
    var next = key();

    try (var folder = IdentityFolder.open(plain)) {
      var attempt = folder.begin(next, request(next));
      assertThat(IdentityFolder.read(plain)).map(Identity::certificate).contains(first);
      folder.commit(attempt, second, List.of());
    }

    var identity = IdentityFolder.read(plain).orElseThrow();
    assertThat(identity.key().publicKey()).isEqualTo(next.publicKey());
    assertThat(identity.certificate()).isEqualTo(second);
  }

  @Test
  void twoRunsDoNotWorkInOneFolder() throws IOException {
    try (var _ = IdentityFolder.open(pump)) {
      assertThatThrownBy(() -> IdentityFolder.open(pump))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another run is at work in");
    }
    IdentityFolder.open(pump).close();
  }

  private void enroll(SoftwareKey key, X509Certificate certificate) throws IOException {
    try (var folder = IdentityFolder.open(pump)) {
      folder.commit(folder.begin(key, request(key)), certificate, List.of(second));
    }
  }

  private static SoftwareKey key() {
    return SoftwareKey.generate(KeyType.EC_P256);
  }

  private static Der request(SoftwareKey key) {
    return Csr.sign(
        DistinguishedName.ofCommonName("pump-0017"), key.publicKey(), key.algorithm(), key::sign);
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  /// Any certificate will do: the folder does not look into it.
  private static X509Certificate certificate() {
    var store = new InMemoryStore(new FakeClock());
    var hierarchy =
        TestHierarchy.over(
            new TestHierarchy.Stores(store, store, store, store), new FakeClock(), new Random(17));
    var der = hierarchy.enrolled(FakeDevice.named("pump-0017")).der().toByteArray();
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
