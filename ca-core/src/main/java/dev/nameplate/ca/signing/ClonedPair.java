package dev.nameplate.ca.signing;

import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Two tokens that hold the same keys: one is the clone of the other.
///
/// The primary signs. A signature that it does not give is made by the standby, in the same call,
/// and then the standby is asked first, until [#probe] found the primary good a few times. Whose
/// fault a failure is, the other token tells: what both refuse changes nothing.
///
/// One call may wait for both, so each token is given half the time that a caller has.
public final class ClonedPair implements KeyVault {

  /// One of the two.
  ///
  /// @param token its label, which the locations of its keys carry
  public record Member(String token, KeyVault vault) {}

  /// A key that a member did not sign a probe with; without one if the member itself is down.
  private record Failure(Optional<ClonedKey> key, String reason) {}

  /// A member that did not sign when it was asked.
  private record Trouble(Instant since, String reason) {}

  /// @param good how often in a row the primary signed a probe while the standby is asked first
  private record State(
      boolean onStandby, int good, Optional<Trouble> primary, Optional<Trouble> standby) {}

  /// How often in a row the primary has to sign before it is asked first again: one that comes and
  /// goes would take callers with it each time.
  static final int GOOD_PROBES = 3;

  /// For how long a key that neither signs with is missed after somebody asked for it: it may have
  /// been destroyed, and trying it again and again is not without cost for the tokens.
  private static final Duration MISSED = Duration.ofMinutes(10);

  // No certificate, CRL or OCSP answer: DER does not begin with a letter of this kind.
  private static final byte[] PROBE =
      "nameplate: does this token sign?".getBytes(StandardCharsets.US_ASCII);

  private static final Logger LOG = LoggerFactory.getLogger(ClonedPair.class);

  private final Member primary;
  private final Member standby;
  private final InstantSource clock;
  private final Map<KeyLocation, ClonedKey> keys = new ConcurrentHashMap<>();
  private volatile State state = new State(false, 0, Optional.empty(), Optional.empty());
  private long failovers;
  private long failbacks;

  /// Both vaults belong to the pair, which closes them.
  ///
  /// @throws IllegalArgumentException if both have the same label
  public ClonedPair(Member primary, Member standby, InstantSource clock) {
    if (primary.token().equals(standby.token())) {
      throw new IllegalArgumentException("two tokens have the label " + primary.token());
    }
    this.primary = primary;
    this.standby = standby;
    this.clock = clock;
  }

  public String primary() {
    return primary.token();
  }

  public String standby() {
    return standby.token();
  }

  /// Is refused: the key would be in one of the two only.
  @Override
  public GeneratedKey generate(String label, KeyType type) {
    throw new SigningException(
        "the tokens %s and %s are a cloned pair, and a key made here would be in one of them only;"
                .formatted(primary.token(), standby.token())
            + " make key "
            + label
            + " with the vendor's tools, clone it, and take it over; or let another token make such"
            + " keys");
  }

  /// Finds the key in both tokens, or in the one that is there. The location may name either.
  ///
  /// @throws SigningException if neither has this key; with what the primary said
  @Override
  public SigningKey find(KeyLocation location) {
    if (!location.token().equals(primary.token()) && !location.token().equals(standby.token())) {
      throw new SigningException(
          "key %s is in token %s, these are %s and %s"
              .formatted(location.label(), location.token(), primary.token(), standby.token()));
    }
    var wanted = in(primary, location);
    var known = keys.get(wanted);
    if (known != null) {
      known.isAskedFor();
      return known;
    }
    var key = look(wanted);
    var first = keys.putIfAbsent(wanted, key);
    return first == null ? key : first;
  }

  /// The evidence of the one that is asked first.
  @Override
  public KeyEvidence evidence(KeyLocation location, byte[] nonce, Instant at) {
    var member = leading();
    return member.vault().evidence(in(member, location), nonce, at);
  }

  /// Whether one of the two can sign; [#warnings] tells of the other.
  @Override
  public VaultHealth health() {
    var first = leading();
    return switch (first.vault().health()) {
      case VaultHealth.Up up -> up;
      case VaultHealth.Degraded degraded -> degraded;
      case VaultHealth.Down(var reason) ->
          switch (other(first).vault().health()) {
            case VaultHealth.Up up -> up;
            case VaultHealth.Degraded degraded -> degraded;
            case VaultHealth.Down(var another) -> new VaultHealth.Down(reason + "; " + another);
          };
    };
  }

  /// The tokens that should be looked at, each with the reason.
  public Map<String, String> warnings() {
    var seen = state;
    var warnings = new LinkedHashMap<String, String>();
    seen.primary()
        .ifPresent(trouble ->
            warnings.put(
                primary.token(),
                "since %s: %s (%s signs instead)"
                    .formatted(trouble.since(), trouble.reason(), standby.token())));
    seen.standby()
        .ifPresent(trouble ->
            warnings.put(
                standby.token(),
                "since %s: %s (it could not take over from %s)"
                    .formatted(trouble.since(), trouble.reason(), primary.token())));
    return warnings;
  }

  /// How often the standby took over.
  public synchronized long failovers() {
    return failovers;
  }

  /// How often the primary was asked first again.
  public synchronized long failbacks() {
    return failbacks;
  }

  /// Whether the standby is asked first now.
  public boolean isOnStandby() {
    return state.onStandby();
  }

  /// Lets both tokens sign with each key that is known, and goes back to a primary that did so a
  /// few times in a row. To be called every few seconds; it may take as long as the tokens do.
  ///
  /// A key that neither signs with, and that nobody has asked for lately, is left out from then on,
  /// until somebody asks for it.
  public void probe() {
    var ofStandby = tried(standby);
    var ofPrimary = tried(primary);
    noteProbe(ofPrimary.map(Failure::reason), ofStandby.map(Failure::reason));
    ofPrimary
        .flatMap(Failure::key)
        .filter(key -> ofStandby.flatMap(Failure::key).filter(key::equals).isPresent())
        .filter(ClonedKey::isForgotten)
        .ifPresent(key -> keys.remove(key.location, key));
  }

  @Override
  public void close() {
    try {
      standby.vault().close();
    } finally {
      primary.vault().close();
    }
  }

  private Member leading() {
    return state.onStandby() ? standby : primary;
  }

  private Member other(Member member) {
    return member.equals(primary) ? standby : primary;
  }

  private static KeyLocation in(Member member, KeyLocation location) {
    return new KeyLocation(member.token(), location.label(), location.id(), location.fingerprint());
  }

  private ClonedKey look(KeyLocation location) {
    SigningKey first;
    try {
      first = primary.vault().find(in(primary, location));
    } catch (SigningException away) {
      try {
        return new ClonedKey(location, standby, standby.vault().find(in(standby, location)));
      } catch (SigningException both) {
        away.addSuppressed(both);
        throw away;
      }
    }
    var key = new ClonedKey(location, primary, first);
    try {
      key.in(standby);
    } catch (SigningException away) {
      var reason = String.valueOf(away.getMessage());
      LOG.warn("key {} is not in the standby: {}", location.label(), reason);
      noteStandby(reason);
    }
    return key;
  }

  /// What went wrong, if something did.
  private Optional<Failure> tried(Member member) {
    if (keys.isEmpty() && member.vault().health() instanceof VaultHealth.Down(var reason)) {
      return Optional.of(new Failure(Optional.empty(), reason));
    }
    for (var key : keys.values()) {
      try {
        key.in(member).sign(PROBE);
      } catch (SigningException failed) {
        return Optional.of(new Failure(Optional.of(key), String.valueOf(failed.getMessage())));
      }
    }
    return Optional.empty();
  }

  private synchronized void noteStandby(String reason) {
    state =
        new State(
            state.onStandby(),
            state.good(),
            state.primary(),
            trouble(state.standby(), Optional.of(reason)));
  }

  private synchronized void noteProbe(
      Optional<String> primaryTrouble, Optional<String> standbyTrouble) {
    int good = state.onStandby() && primaryTrouble.isEmpty() ? state.good() + 1 : 0;
    boolean back = good >= GOOD_PROBES;
    if (back) {
      failbacks++;
      LOG.warn("token {} signs again, and is asked before {}", primary.token(), standby.token());
    }
    boolean stays = state.onStandby() && !back;
    // while it is not asked first, a primary that signs has something to prove still
    var ofPrimary =
        stays && primaryTrouble.isEmpty()
            ? state.primary()
            : trouble(state.primary(), primaryTrouble);
    state = new State(stays, back ? 0 : good, ofPrimary, trouble(state.standby(), standbyTrouble));
  }

  /// One that failed, and the other did what it should have done.
  private synchronized void note(Member failed, String reason) {
    if (failed.equals(leading())) {
      if (failed.equals(primary)) {
        failovers++;
      } else {
        failbacks++;
      }
      LOG.warn("token {} takes over: {}", other(failed).token(), reason);
    }
    var trouble = Optional.of(reason);
    state =
        failed.equals(primary)
            ? new State(true, 0, trouble(state.primary(), trouble), Optional.empty())
            : new State(false, 0, Optional.empty(), trouble(state.standby(), trouble));
  }

  /// Since when is what was said first.
  private Optional<Trouble> trouble(Optional<Trouble> before, Optional<String> reason) {
    return reason.map(
        why -> new Trouble(before.map(Trouble::since).orElseGet(clock::instant), why));
  }

  /// One key in both tokens.
  private final class ClonedKey implements SigningKey {

    private final KeyLocation location;
    private final SigningKey known;
    private final Map<Member, SigningKey> found = new ConcurrentHashMap<>();
    private volatile Instant asked = clock.instant();

    ClonedKey(KeyLocation location, Member where, SigningKey known) {
      this.location = location;
      this.known = known;
      found.put(where, known);
    }

    void isAskedFor() {
      asked = clock.instant();
      keys.putIfAbsent(location, this);
    }

    boolean isForgotten() {
      return asked.plus(MISSED).isBefore(clock.instant());
    }

    /// @throws SigningException if it is not there, or not the one that it has to be
    SigningKey in(Member member) {
      var key = found.get(member);
      if (key == null) {
        key = member.vault().find(ClonedPair.in(member, location));
        if (key.algorithm() != known.algorithm()) {
          throw new SigningException(
              "key %s in token %s signs with %s, not %s"
                  .formatted(
                      location.label(),
                      member.token(),
                      key.algorithm().jcaName(),
                      known.algorithm().jcaName()));
        }
        found.put(member, key);
      }
      return key;
    }

    @Override
    public PublicKeyInfo publicKey() {
      return known.publicKey();
    }

    @Override
    public SignatureAlgorithm algorithm() {
      return known.algorithm();
    }

    @Override
    public boolean isUsable() {
      var first = leading();
      return isUsable(first) || isUsable(other(first));
    }

    @Override
    public boolean checksItself() {
      return found.size() == 2 && found.values().stream().allMatch(SigningKey::checksItself);
    }

    @Override
    public byte[] sign(byte[] data) {
      isAskedFor();
      var first = leading();
      try {
        return in(first).sign(data);
      } catch (SigningException failed) {
        var signature = instead(other(first), data, failed);
        note(first, String.valueOf(failed.getMessage()));
        return signature;
      }
    }

    private byte[] instead(Member second, byte[] data, SigningException failed) {
      try {
        return in(second).sign(data);
      } catch (SigningException both) {
        failed.addSuppressed(both);
        throw failed;
      }
    }

    private boolean isUsable(Member member) {
      try {
        return in(member).isUsable();
      } catch (SigningException away) {
        LOG.debug("key {} is away: {}", location.label(), away.getMessage());
        return false;
      }
    }

    @Override
    public String toString() {
      return "ClonedKey[" + location + "]";
    }
  }
}
