package dev.nameplate.ca.signing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.ClonedPair.Member;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.InMemoryKeyVault;
import dev.nameplate.ca.testing.SigningKeyContract;
import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.x509.KeyType;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ClonedPairTest {

  private static final byte[] DATA = {1, 2, 3};

  private final FakeClock clock = new FakeClock();
  private final InMemoryKeyVault a = new InMemoryKeyVault("a");
  private final InMemoryKeyVault b = new InMemoryKeyVault("b");
  private final SoftwareSigningKey inA;
  private final SoftwareSigningKey inB;
  private final KeyLocation location;
  private final ClonedPair pair = new ClonedPair(new Member("a", a), new Member("b", b), clock);

  ClonedPairTest() throws NoSuchAlgorithmException {
    var key = rsa();
    inA = SoftwareSigningKey.of(key);
    inB = SoftwareSigningKey.of(key);
    location = a.keep("ca", inA).location();
    b.keep("ca", inB);
  }

  @Nested
  class KeepsTheContractOnTheStandby extends SigningKeyContract {

    @Override
    protected Stream<SigningKey> keys() {
      a.unplug();
      return Stream.of(pair.find(location));
    }
  }

  @Test
  void thePrimarySigns() {
    signs(pair.find(location));

    assertThat(inA.signatures()).isEqualTo(1);
    assertThat(inB.signatures()).isZero();
    assertThat(pair.health()).isEqualTo(new VaultHealth.Up());
    assertThat(pair.warnings()).isEmpty();
  }

  @Test
  void whatThePrimaryDoesNotSignTheStandbyDoesInTheSameCall() {
    var key = pair.find(location);
    a.unplug();

    signs(key);
    signs(key);

    assertThat(inB.signatures()).isEqualTo(2);
    assertThat(pair.failovers()).isEqualTo(1);
    assertThat(pair.isOnStandby()).isTrue();
    assertThat(pair.health()).isEqualTo(new VaultHealth.Up());
    assertThat(pair.warnings())
        .containsExactly(
            Map.entry(
                "a",
                "since %s: the software key %s is unplugged (b signs instead)"
                    .formatted(clock.instant(), inA.publicKey())));
  }

  @Test
  void aPrimaryThatSignsAFewProbesIsAskedFirstAgain() {
    var key = pair.find(location);
    a.unplug();
    signs(key);
    a.plugBackIn();

    for (int i = 1; i < ClonedPair.GOOD_PROBES; i++) {
      pair.probe();
      assertThat(pair.isOnStandby()).isTrue();
    }
    pair.probe();

    assertThat(pair.isOnStandby()).isFalse();
    assertThat(pair.failbacks()).isEqualTo(1);
    assertThat(pair.warnings()).isEmpty();
    long before = inA.signatures();
    signs(key);
    assertThat(inA.signatures()).isEqualTo(before + 1);
  }

  @Test
  void aPrimaryThatComesAndGoesIsNotTrustedTooSoon() {
    var key = pair.find(location);
    a.unplug();
    signs(key);
    a.plugBackIn();
    pair.probe();
    pair.probe();
    a.unplug();
    pair.probe();
    a.plugBackIn();

    pair.probe();
    pair.probe();

    assertThat(pair.isOnStandby()).isTrue();
    pair.probe();
    assertThat(pair.isOnStandby()).isFalse();
  }

  @Test
  void whatBothRefuseChangesNothing() {
    var key = pair.find(location);
    a.unplug();
    b.unplug();

    assertThatThrownBy(() -> key.sign(DATA))
        .isInstanceOf(SigningException.class)
        .satisfies(failed -> assertThat(failed.getSuppressed()).hasSize(1));

    assertThat(pair.isOnStandby()).isFalse();
    assertThat(pair.failovers()).isZero();
    assertThat(pair.health())
        .isEqualTo(new VaultHealth.Down("the vault a is unplugged; the vault b is unplugged"));
    assertThat(key.isUsable()).isFalse();

    b.plugBackIn();
    signs(key);
  }

  @Test
  void aStandbyThatFailsInItsTurnGivesTheKeyBackToThePrimary() {
    var key = pair.find(location);
    a.unplug();
    signs(key);
    a.plugBackIn();
    b.unplug();

    signs(key);

    assertThat(pair.isOnStandby()).isFalse();
    assertThat(pair.failbacks()).isEqualTo(1);
    assertThat(pair.warnings()).containsOnlyKeys("b");
  }

  @Test
  void aStandbyThatCouldNotTakeOverIsSaidBeforeItHasTo() {
    signs(pair.find(location));
    b.unplug();
    clock.advance(Duration.ofMinutes(1));

    pair.probe();

    assertThat(pair.health()).isEqualTo(new VaultHealth.Up());
    assertThat(pair.warnings().get("b"))
        .startsWith("since " + clock.instant())
        .endsWith("(it could not take over from a)");
    b.plugBackIn();
    pair.probe();
    assertThat(pair.warnings()).isEmpty();
  }

  @Test
  void aKeyIsFoundWhileOneOfTheTokensIsAway() {
    a.unplug();

    var key = pair.find(location);

    assertThat(key.isUsable()).isTrue();
    signs(key);
    a.plugBackIn();
    pair.probe();
    pair.probe();
    pair.probe();
    signs(key);
    assertThat(inA.signatures()).isPositive();
  }

  @Test
  void aKeyThatWasDestroyedInBothIsNotTriedForEver() {
    var other = a.keep("other", SoftwareSigningKey.generate(KeyType.EC_P256));
    var gone = (SoftwareSigningKey) other.key();
    b.keep("other", gone);
    signs(pair.find(location));
    var key = pair.find(other.location());
    gone.unplug();

    pair.probe();
    assertThat(pair.warnings()).containsOnlyKeys("a", "b");

    clock.advance(Duration.ofMinutes(11)); // nobody has asked for it since
    pair.probe();
    pair.probe();
    assertThat(pair.warnings()).isEmpty();

    assertThatThrownBy(() -> key.sign(DATA)).isInstanceOf(SigningException.class);
    pair.probe();
    assertThat(pair.warnings()).containsOnlyKeys("a", "b");
  }

  @Test
  void aKeyThatNobodyAskedForIsStillTriedInTheStandby() {
    signs(pair.find(location));
    clock.advance(Duration.ofHours(1));
    pair.probe();
    b.unplug();

    pair.probe();

    assertThat(pair.warnings()).containsOnlyKeys("b");
  }

  @Test
  void aLocationMayNameEitherToken() {
    var swapped = new KeyLocation("b", location.label(), location.id(), location.fingerprint());

    assertThat(pair.find(swapped)).isSameAs(pair.find(location));
  }

  @Test
  void anotherKeyUnderTheSameNameIsNoCloneAndNeverSigns() {
    var other = new InMemoryKeyVault("c");
    other.keep("ca", SoftwareSigningKey.generate(KeyType.RSA_2048));
    var mistaken = new ClonedPair(new Member("a", a), new Member("c", other), clock);

    var key = mistaken.find(location);

    assertThat(mistaken.warnings()).containsOnlyKeys("c");
    signs(key);
    a.unplug();
    assertThatThrownBy(() -> key.sign(DATA)).isInstanceOf(SigningException.class);
  }

  @Test
  void aCloneThatSignsInAnotherWayNeverSignsAndIsSaidAtOnce() {
    var pss = new InMemoryKeyVault("c");
    pss.keep("ca", inB.withPss());
    var mistaken = new ClonedPair(new Member("a", a), new Member("c", pss), clock);

    var key = mistaken.find(location);

    assertThat(mistaken.warnings().get("c"))
        .contains("key ca in token c signs with SHA256withRSAandMGF1, not SHA256withRSA");
    signs(key);
    mistaken.probe();
    assertThat(mistaken.warnings()).containsOnlyKeys("c");
    a.unplug();
    assertThatThrownBy(() -> key.sign(DATA)).isInstanceOf(SigningException.class);
    assertThat(mistaken.isOnStandby()).isFalse();
  }

  @Test
  void aKeyThatNeitherHasIsRefused() {
    assertThatThrownBy(
            () -> pair.find(new KeyLocation("a", "other", location.id(), location.fingerprint())))
        .isInstanceOf(SigningException.class)
        .hasMessageStartingWith("token a has no key at ");
    assertThatThrownBy(
            () -> pair.find(new KeyLocation("c", "ca", location.id(), location.fingerprint())))
        .hasMessage("key ca is in token c, these are a and b");
  }

  @Test
  void aKeyIsNotMadeInOneOfTheTwo() {
    assertThatThrownBy(() -> pair.generate("new", KeyType.EC_P256))
        .isInstanceOf(SigningException.class)
        .hasMessageContaining("the tokens a and b are a cloned pair")
        .hasMessageContaining("make key new with the vendor's tools, clone it");
  }

  @Test
  void twoTokensOfOneLabelAreRefused() {
    assertThatThrownBy(() -> new ClonedPair(new Member("a", a), new Member("a", b), clock))
        .hasMessage("two tokens have the label a");
  }

  @Test
  void aClosedPairIsDown() {
    var key = pair.find(location);

    pair.close();

    assertThat(pair.health()).isInstanceOf(VaultHealth.Down.class);
    assertThatThrownBy(() -> key.sign(DATA)).isInstanceOf(SigningException.class);
  }

  private static void signs(SigningKey key) {
    assertThat(key.publicKey().verifies(key.algorithm(), DATA, key.sign(DATA))).isTrue();
  }

  private static KeyPair rsa() throws NoSuchAlgorithmException {
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    return generator.generateKeyPair();
  }
}
