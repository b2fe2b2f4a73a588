package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SerialNumber;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.ProviderException;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A vendor's provider that misbehaves.
class JcaFaultTest {

  private static final byte[] DATA = {1, 2, 3};
  private static final Duration DEADLINE = Duration.ofMillis(500);

  private final CountDownLatch release = new CountDownLatch(1);
  private final CountDownLatch inside = new CountDownLatch(1);
  private Instant now = TestTokens.CLOCK.instant();
  private VendorProvider.Behaviour vendor;
  private JcaKeyVault vault;
  private SigningKey key;
  private KeyLocation location;

  @BeforeEach
  void openTheVault() throws Exception {
    var pair = pair();
    vendor = new VendorProvider.Behaviour(pair.getPrivate(), certificate(pair));
    VendorProvider.BEHAVIOUR.set(vendor);
    vault = JcaKeyVault.open(settings(), () -> now);
    var publicKey = PublicKeyInfo.of(pair.getPublic());
    location = new KeyLocation("vendor", "ca", "01", publicKey.fingerprint());
    key = vault.find(location);
  }

  @AfterEach
  void closeTheVault() {
    release.countDown();
    vault.close();
  }

  @Test
  void aProviderOnTheClassPathIsFoundByItsClass() {
    assertThat(key.publicKey().verifies(key.algorithm(), DATA, key.sign(DATA))).isTrue();
    assertThat(vault.health()).isEqualTo(new VaultHealth.Up());
  }

  @Test
  void healthIsASignatureThatCountsForFiveSeconds() {
    int signatures = vendor.signatures().get();
    int logins = vendor.logins().get();

    for (int i = 0; i < 10; i++) {
      assertThat(vault.health()).isEqualTo(new VaultHealth.Up());
    }

    assertThat(vendor.signatures().get()).isEqualTo(signatures + 1);
    assertThat(vendor.logins().get()).isEqualTo(logins);
    vendor
        .signing()
        .set(() -> {
          throw new ProviderException("CKR_DEVICE_REMOVED");
        });
    now = now.plusSeconds(5);
    assertThat(vault.health())
        .isEqualTo(
            new VaultHealth.Down(
                "token vendor: provider Vendor does not sign: CKR_DEVICE_REMOVED"));
  }

  @Test
  void aKeyThatDiedWithItsLoginIsLookedForOnce() {
    var failures = new CountDownLatch(1);
    vendor
        .signing()
        .set(() -> {
          if (failures.getCount() > 0) {
            failures.countDown();
            throw new ProviderException("CKR_OBJECT_HANDLE_INVALID");
          }
        });
    int logins = vendor.logins().get();

    assertThat(key.sign(DATA)).isNotEmpty();

    assertThat(vendor.logins().get()).isEqualTo(logins + 1);
  }

  @Test
  void aProviderThatStaysBrokenIsSaidWithItsCode() {
    vendor
        .signing()
        .set(() -> {
          throw new ProviderException("sign failed", new IllegalStateException("CKR_GENERAL"));
        });

    assertThatThrownBy(() -> key.sign(DATA))
        .isInstanceOf(HsmException.class)
        .hasMessage("token vendor: provider Vendor does not sign: sign failed: CKR_GENERAL");

    vendor.signing().set(() -> {});
    assertThat(key.isUsable()).isTrue();
    assertThat(key.sign(DATA)).isNotEmpty();
  }

  @Test
  void aPinThatIsRefusedIsNotGivenAgain() {
    vendor
        .loading()
        .set(() -> {
          throw new IOException("load failed", new UnrecoverableKeyException("CKR_PIN_INCORRECT"));
        });
    int logins = vendor.logins().get();

    assertThatThrownBy(() -> vault.find(location))
        .hasMessage(
            "token vendor: provider Vendor does not open its key store Vendor: load failed:"
                + " CKR_PIN_INCORRECT");
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> vault.find(location))
          .hasMessage(
              "token vendor: no login is tried after load failed: CKR_PIN_INCORRECT; restart with"
                  + " the right PIN");
    }

    assertThat(vendor.logins().get()).isEqualTo(logins + 1);
  }

  @Test
  void aPinIsGivenOnceByAllWhoComeAtTheSameTimeHoweverTheProviderSaysThatItIsWrong()
      throws Exception {
    for (var refusal :
        List.of(
            new ProviderException("CKR_PIN_INCORRECT"),
            new ProviderException(
                "login", new IllegalStateException("CKR_USER_PIN_NOT_INITIALIZED")),
            new ProviderException("error 160"))) {
      try (var busy = JcaKeyVault.open(settings(4), () -> now)) {
        var together = new CountDownLatch(4);
        vendor
            .loading()
            .set(() -> {
              together.countDown();
              awaitBriefly(together);
              throw refusal;
            });
        int logins = vendor.logins().get();
        Callable<VaultHealth> look = busy::health;

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
          for (var health : threads.invokeAll(Collections.nCopies(4, look))) {
            assertThat(health.get()).isInstanceOf(VaultHealth.Down.class);
          }
        }

        assertThat(busy.health()).isInstanceOf(VaultHealth.Down.class);
        assertThat(vendor.logins().get()).as(refusal.toString()).isEqualTo(logins + 1);
      }
      vendor.loading().set(() -> {});
    }
  }

  @Test
  void aTokenThatWasAwayIsLoggedInToAgain() {
    vendor
        .loading()
        .set(() -> {
          throw new IOException("load failed", new ProviderException("CKR_TOKEN_NOT_PRESENT"));
        });
    assertThatThrownBy(() -> vault.find(location)).hasMessageContaining("CKR_TOKEN_NOT_PRESENT");

    vendor.loading().set(() -> {});

    assertThat(vault.find(location).publicKey()).isEqualTo(key.publicKey());
  }

  @Test
  void whatDoesNotReturnKeepsNoCallerBeyondTheDeadlineAndNoMoreThanTheQueue() throws Exception {
    vendor.signing().set(this::hang);
    Callable<byte[]> sign = () -> key.sign(DATA);

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      long begin = System.nanoTime();
      var answers = new ArrayList<Future<byte[]>>();
      answers.add(threads.submit(sign));
      inside.await(); // or the first three would be in the queue, which has room for two
      answers.addAll(threads.invokeAll(Collections.nCopies(7, sign)));
      var took = Duration.ofNanos(System.nanoTime() - begin);

      assertThat(took).isLessThan(DEADLINE.multipliedBy(4));
      int late = 0;
      for (var answer : answers) {
        assertThatThrownBy(answer::get)
            .isInstanceOf(ExecutionException.class)
            .hasCauseInstanceOf(HsmException.class);
        late += answer.exceptionNow().toString().endsWith("no answer within PT0.5S") ? 1 : 0;
      }
      assertThat(late).as("one signs, two wait, five find no room").isEqualTo(3);
    }
    assertThat(vault.health()).isInstanceOf(VaultHealth.Down.class);
  }

  @Test
  void callersInTooGreatANumberSayNothingOfTheKey() throws Exception {
    try (var patient = JcaKeyVault.open(settings(1, Duration.ofMinutes(1)), () -> now);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var asked = patient.find(location);
      vendor.signing().set(this::hang);
      int logins = vendor.logins().get();
      Callable<byte[]> sign = () -> asked.sign(DATA);
      var answers = new ArrayList<Future<byte[]>>();
      answers.add(threads.submit(sign));
      inside.await();
      for (int i = 0; i < 7; i++) {
        answers.add(threads.submit(sign));
      }
      await().until(() -> answers.stream().filter(Future::isDone).count() == 5);
      release.countDown();

      int signed = 0;
      for (var answer : answers) {
        try {
          assertThat(answer.get()).isNotEmpty();
          signed++;
        } catch (ExecutionException refused) {
          assertThat(refused.getCause())
              .isInstanceOfSatisfying(
                  HsmException.class, full -> assertThat(full.fault()).isEqualTo(Fault.BUSY));
        }
      }
      assertThat(signed).as("one signs, two wait, five find no room").isEqualTo(3);
      assertThat(asked.isUsable()).isTrue();
      assertThat(vendor.logins().get()).as("nobody looked for the key again").isEqualTo(logins);
    }
  }

  @Test
  void anUnknownAlgorithmIsSaid() throws Exception {
    var generator = KeyPairGenerator.getInstance("Ed25519");
    var pair = generator.generateKeyPair();
    VendorProvider.BEHAVIOUR.set(
        new VendorProvider.Behaviour(pair.getPrivate(), certificate(pair)));
    var fingerprint = PublicKeyInfo.of(pair.getPublic()).fingerprint();

    assertThatThrownBy(() -> vault.find(new KeyLocation("vendor", "ca", "01", fingerprint)))
        .hasMessageStartingWith("token vendor: provider Vendor does not offer Ed25519: ");
  }

  /// Until the others are there too, if they come.
  private static void awaitBriefly(CountDownLatch others) {
    try {
      var _ = others.await(100, TimeUnit.MILLISECONDS);
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  private void hang() {
    inside.countDown();
    while (release.getCount() > 0) {
      try {
        release.await();
      } catch (InterruptedException notHere) {
        // native calls are not interrupted
      }
    }
  }

  private static JcaSettings settings() throws Exception {
    return settings(1);
  }

  private static JcaSettings settings(int sessions) throws Exception {
    return settings(sessions, DEADLINE);
  }

  private static JcaSettings settings(int sessions, Duration deadline) throws Exception {
    var pin =
        Files.createTempFile(
            Files.createDirectories(Path.of("target/tokens")),
            "pin",
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(pin, "1234\n");
    return new JcaSettings(
        "vendor",
        VendorProvider.class.getName(),
        Optional.empty(),
        "Vendor",
        new PinSource.File(pin),
        sessions,
        2,
        deadline);
  }

  private static KeyPair pair() throws Exception {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private static Certificate certificate(KeyPair pair) throws Exception {
    var now = TestTokens.CLOCK.instant();
    var certificate =
        TestAuthority.root("Vendor CA", KeyType.EC_P256, now)
            .issue(
                TestAuthority.Use.AUTHORITY,
                "ca",
                PublicKeyInfo.of(pair.getPublic()),
                new SerialNumber(BigInteger.TWO),
                now,
                now.plus(Duration.ofDays(365)));
    return CertificateFactory.getInstance("X.509")
        .generateCertificate(new ByteArrayInputStream(certificate.der().toByteArray()));
  }
}
