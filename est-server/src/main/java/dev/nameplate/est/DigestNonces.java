package dev.nameplate.est;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/// The nonces of HTTP Digest (RFC 7616 section 5.4): the time and a random number, with the
/// server's stamp. Nothing is remembered of what was handed out, so that asking costs us nothing;
/// of a nonce that somebody used with a good secret, the last request count is, so that nothing
/// counts twice. That memory is bounded: when it forgets the oldest nonce, it takes none that is as
/// old any more. It is the memory of one process: none from before its start is taken.
///
/// May be used by many threads at once.
public final class DigestNonces {

  private record Used(Instant made, String nonce) {}

  private static final int CONTENT = 24;
  private static final int STAMPED = CONTENT + 16;

  private final InstantSource clock;
  private final RandomGenerator random;
  private final UnaryOperator<byte[]> stamp;
  private final Duration life;
  private final int capacity;
  private final TreeMap<Used, Long> counts =
      new TreeMap<>(Comparator.comparing(Used::made).thenComparing(Used::nonce));

  /// No nonce that is older counts.
  private Instant floor;

  /// @param random cryptographically strong
  /// @param stamp a MAC under a key that only the server has, the same on all of its nodes
  /// @param life how long a nonce is good
  /// @param capacity how many used nonces are remembered
  public DigestNonces(
      InstantSource clock,
      RandomGenerator random,
      UnaryOperator<byte[]> stamp,
      Duration life,
      int capacity) {
    this.clock = clock;
    this.random = random;
    this.stamp = stamp;
    this.life = life;
    this.capacity = capacity;
    this.floor = clock.instant();
  }

  /// Nonces that are good for five minutes, ten thousand of them.
  public static DigestNonces standard(
      InstantSource clock, RandomGenerator random, UnaryOperator<byte[]> stamp) {
    return new DigestNonces(clock, random, stamp, Duration.ofMinutes(5), 10_000);
  }

  /// A new one.
  public String next() {
    byte[] tail = new byte[CONTENT - Long.BYTES - Integer.BYTES];
    random.nextBytes(tail);
    var now = clock.instant();
    var content =
        ByteBuffer.allocate(CONTENT)
            .putLong(now.getEpochSecond())
            .putInt(now.getNano())
            .put(tail)
            .array();
    var nonce = ByteBuffer.allocate(STAMPED).put(content).put(stamp(content)).array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(nonce);
  }

  /// Takes note that `nonce` was used with a good secret; false if it is not one of ours, is too
  /// old, or was used with this count or a higher one before.
  synchronized boolean use(String nonce, long count) {
    var made = made(nonce);
    var now = clock.instant();
    if (made.isEmpty() || made.get().isAfter(now)) {
      return false;
    }
    forgetBefore(now.minus(life).plusNanos(1));
    if (made.get().isBefore(floor)) {
      return false;
    }
    var used = new Used(made.get(), nonce);
    var last = counts.get(used);
    if (last != null && last >= count) {
      return false;
    }
    counts.put(used, count);
    if (counts.size() > capacity) {
      forgetBefore(counts.firstKey().made.plusNanos(1));
    }
    return true;
  }

  /// How many used nonces are remembered.
  synchronized int size() {
    return counts.size();
  }

  private void forgetBefore(Instant time) {
    if (time.isAfter(floor)) {
      floor = time;
    }
    counts.headMap(new Used(floor, ""), false).clear();
  }

  /// When it was made; empty if it does not bear our stamp.
  private Optional<Instant> made(String nonce) {
    byte[] stamped;
    try {
      stamped = Base64.getUrlDecoder().decode(nonce);
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
    if (stamped.length != STAMPED) {
      return Optional.empty();
    }
    var content = Arrays.copyOf(stamped, CONTENT);
    if (!MessageDigest.isEqual(stamp(content), Arrays.copyOfRange(stamped, CONTENT, STAMPED))) {
      return Optional.empty();
    }
    var in = ByteBuffer.wrap(content);
    return Optional.of(Instant.ofEpochSecond(in.getLong(), in.getInt()));
  }

  private byte[] stamp(byte[] content) {
    return Arrays.copyOf(stamp.apply(content), STAMPED - CONTENT);
  }
}
