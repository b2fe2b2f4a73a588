package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.signing.OfflineKey;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestHierarchy;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A root whose key was taken elsewhere, once it had certified those below it.
@Tag("C13")
class OfflineRootTest {

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final TestHierarchy pki =
      TestHierarchy.over(
          new TestHierarchy.Stores(store, store, store, store), clock, new Random(1));
  private final Set<String> away = new HashSet<>();
  private final LiveAuthorities authorities = withKeysAway();

  @Test
  void theOthersSignWithoutIt() {
    away.add(LiveAuthorities.ROOT);

    authorities.refresh();

    assertThat(authorities.all())
        .extracting(Authority::id)
        .containsExactly(pki.root().id(), pki.issuing().id());
    assertThat(authorities.all().getLast().key()).isSameAs(pki.issuingKey());
    var root = authorities.all().getFirst().key();
    assertThat(root.isUsable()).isFalse();
    assertThat(root.publicKey()).isEqualTo(pki.rootKey().publicKey());
    assertThatThrownBy(() -> root.sign(new byte[1]))
        .isInstanceOf(SigningException.class)
        .hasMessageContaining("is not here: no key root");
  }

  @Test
  void whenItIsBackItSignsAgain() {
    away.add(LiveAuthorities.ROOT);
    authorities.refresh();
    assertThat(authorities.all().getFirst().key()).isInstanceOf(OfflineKey.class);
    away.clear();

    authorities.refresh();

    assertThat(authorities.all().getFirst().key()).isSameAs(pki.rootKey());
  }

  @Test
  void aRootThatIsElsewhereIsNoFaultAndAnIssuingAuthorityIs() {
    away.add(LiveAuthorities.ROOT);
    authorities.refresh();
    assertThat(authorities.withoutTheirKeys()).isEmpty();

    away.add(LiveAuthorities.ISSUING);
    var later = withKeysAway();
    later.refresh();

    assertThat(later.withoutTheirKeys().keySet())
        .extracting(Authority::id)
        .containsExactly(pki.issuing().id());
  }

  private LiveAuthorities withKeysAway() {
    return new LiveAuthorities(
        store,
        (_, role) -> {
          if (away.contains(role)) {
            throw new SigningException("no key " + role);
          }
          return role.equals(LiveAuthorities.ROOT) ? pki.rootKey() : pki.issuingKey();
        },
        1,
        clock);
  }
}
