package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerSource;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.InMemoryKeyVault;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.x509.KeyType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LiveAuthoritiesTest {

  private final FakeClock clock = new FakeClock();
  private final InMemoryKeyVault present = new InMemoryKeyVault("present");
  private final InMemoryKeyVault away = new InMemoryKeyVault("away");
  private final List<IssuerRecord> records = new ArrayList<>();
  private Optional<Instant> lastNotAfter = Optional.empty();
  private final LiveAuthorities authorities =
      new LiveAuthorities(
          source(), (location, _) -> vault(location.token()).find(location), 1, clock);

  @Test
  void anAuthorityWhoseKeyIsAwayKeepsNoOtherFromSigning() {
    add("issuing", present);
    add("sensors", away);
    away.unplug();

    authorities.refresh();

    assertThat(authorities.roles()).containsExactly("issuing", "sensors");
    assertThat(authorities.withRole("issuing").key().sign(new byte[1])).isNotEmpty();
    var sensors = authorities.withRole("sensors");
    assertThat(sensors.key().isUsable()).isFalse();
    assertThatThrownBy(() -> sensors.key().sign(new byte[1])).isInstanceOf(SigningException.class);
    assertThat(authorities.withoutTheirKeys()).containsOnlyKeys(sensors);
  }

  @Test
  void aKeyThatIsBackSignsAfterTheNextRefresh() {
    add("sensors", away);
    away.unplug();
    authorities.refresh();

    away.plugBackIn();
    authorities.refresh();

    assertThat(authorities.withRole("sensors").key().sign(new byte[1])).isNotEmpty();
    assertThat(authorities.withoutTheirKeys()).isEmpty();
  }

  @Test
  void aKeyThatIsOpenStaysSo() {
    add("issuing", present);
    authorities.refresh();
    var before = authorities.withRole("issuing");

    authorities.refresh();

    assertThat(authorities.withRole("issuing")).isSameAs(before);
  }

  @Test
  void aStatusNodeKnowsEveryAuthorityAndMissesNoKey() {
    add("issuing", present);
    var known = LiveAuthorities.withoutKeys(source(), clock);

    known.refresh();

    var issuing = known.withRole("issuing");
    assertThat(known.answering()).containsExactly(issuing);
    assertThat(known.withoutTheirKeys()).isEmpty();
    assertThatThrownBy(() -> issuing.key().sign(new byte[1]))
        .isInstanceOf(SigningException.class)
        .hasMessageContaining("at the issuing nodes");
  }

  @Test
  @Tag("O07")
  void aRootWhoseKeyIsElsewhereNeedsNoOcspSignerHere() {
    add(LiveAuthorities.ROOT, present);
    add("issuing", present);
    authorities.refresh();
    assertThat(authorities.answering()).hasSize(2);
    var known = LiveAuthorities.withoutKeys(source(), clock);

    known.refresh();

    assertThat(known.answering()).containsExactly(known.withRole("issuing"));
  }

  @Test
  void nobodyMissesTheKeyOrTheCrlOfAnAuthorityThatHasEnded() {
    add("issuing", away);
    add(LiveAuthorities.ROOT, away);
    add("issuing", present);
    add(LiveAuthorities.ROOT, present);
    away.unplug();

    authorities.refresh();

    assertThat(authorities.all()).hasSize(4);
    assertThat(authorities.withoutTheirKeys()).isEmpty();
    assertThat(authorities.publishing())
        .containsExactly(
            authorities.withRole("issuing"), authorities.withRole(LiveAuthorities.ROOT));
  }

  @Test
  void anAuthorityThatWasSupersededIsMissedWhileACertificateOfItIsGood() {
    add("issuing", away);
    add("issuing", present);
    away.unplug();
    lastNotAfter = Optional.of(clock.instant().plus(Duration.ofHours(1)));
    authorities.refresh();
    assertThat(authorities.withoutTheirKeys()).hasSize(1);
    assertThat(authorities.publishing()).hasSize(2);

    clock.advance(Duration.ofHours(3));
    authorities.refresh();

    assertThat(authorities.withoutTheirKeys()).isEmpty();
    assertThat(authorities.publishing()).hasSize(1);
  }

  private void add(String role, InMemoryKeyVault vault) {
    var authority = TestAuthority.root(role, KeyType.EC_P256, clock.instant());
    var key = vault.keep(role, authority.key());
    records.add(
        new IssuerRecord(
            authority.issuer(),
            role,
            CrlScope.END_ENTITIES,
            true,
            List.of(authority.certificate()),
            List.of(key.location())));
  }

  private InMemoryKeyVault vault(String token) {
    return token.equals("present") ? present : away;
  }

  private IssuerSource source() {
    return new IssuerSource() {
      @Override
      public List<IssuerRecord> issuers() {
        return List.copyOf(records);
      }

      @Override
      public Optional<Instant> lastNotAfter(IssuerId issuer) {
        return lastNotAfter;
      }

      @Override
      public List<OcspSignerRecord> ocspSigners() {
        return List.of();
      }
    };
  }
}
