package dev.nameplate.ocsp;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.StatusSource;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// The statuses of the few certificates on which all answers hang: our signers' and the
/// authorities' own. At most a second old, and read anew as soon as a change is heard. May be used
/// by many threads at once.
final class Standing {

  private static final long FRESH = Duration.ofSeconds(1).toMillis();

  private record Key(IssuerId issuer, SerialNumber serial) {}

  private record Known(CertificateStatus status, long at, long version) {}

  private final StatusSource statuses;
  private final InstantSource clock;
  private final Map<Key, Known> known = new ConcurrentHashMap<>();
  private final AtomicLong version = new AtomicLong();

  Standing(StatusSource statuses, InstantSource clock) {
    this.statuses = statuses;
    this.clock = clock;
  }

  /// @throws StoreException if it cannot be known now
  CertificateStatus of(IssuerId issuer, SerialNumber serial) {
    var key = new Key(issuer, serial);
    // before the read: what is heard while it goes on makes it old
    long present = version.get();
    long now = clock.millis();
    var copy = known.get(key);
    if (copy != null && copy.version == present && copy.at <= now && now < copy.at + FRESH) {
      return copy.status;
    }
    var status = statuses.status(issuer, serial);
    known.put(key, new Known(status, now, present));
    return status;
  }

  void forget() {
    version.incrementAndGet();
    known.clear();
  }
}
