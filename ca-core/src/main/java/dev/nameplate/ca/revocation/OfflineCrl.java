package dev.nameplate.ca.revocation;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// The complete CRL of an authority that has no database, which is all that it remembers: the next
/// one has what was on the one before, and what was revoked since. Nothing ever leaves it, for an
/// authority that is offline certifies few others.
public final class OfflineCrl {

  private OfflineCrl() {}

  /// @param previous the newest that there is; empty for the first
  /// @param revoked what was revoked since
  /// @throws IllegalArgumentException if it could not follow the one before, or would be over
  /// @throws SigningException if the key is away, or what came back is not its signature
  public static Crl next(
      Authority authority,
      Optional<Crl> previous,
      List<RevokedEntry> revoked,
      Instant now,
      Instant nextUpdate) {
    var thisUpdate = now.truncatedTo(ChronoUnit.SECONDS);
    if (!nextUpdate.isAfter(thisUpdate)) {
      throw new IllegalArgumentException("a CRL that is over at " + nextUpdate);
    }
    if (previous.filter(before -> before.thisUpdate().isAfter(thisUpdate)).isPresent()) {
      throw new IllegalArgumentException(
          "the clock says "
              + thisUpdate
              + ", and the CRL before is of "
              + previous.get().thisUpdate());
    }
    // as online: no number comes twice, even if a CRL was lost with a disk
    var number =
        previous
            .map(before -> before.number().add(BigInteger.ONE))
            .orElse(BigInteger.ONE)
            .max(BigInteger.valueOf(thisUpdate.getEpochSecond()));
    var builder = new CrlBuilder(authority, number.longValueExact(), thisUpdate, nextUpdate);
    var before = new TreeMap<SerialNumber, Crl.Entry>();
    previous.ifPresent(
        crl -> crl.entries().forEachRemaining(entry -> before.put(entry.serial(), entry)));
    var since = new TreeMap<SerialNumber, RevokedEntry>();
    for (var entry : revoked) {
      if (!before.containsKey(entry.serial())) {
        since.put(entry.serial(), entry);
      }
    }
    var all = new TreeMap<SerialNumber, Runnable>();
    before.forEach((serial, entry) -> all.put(serial, () -> builder.addCopy(entry)));
    since.forEach((serial, entry) -> all.put(serial, () -> builder.add(entry)));
    all.values().forEach(Runnable::run);
    return builder.sign();
  }
}
