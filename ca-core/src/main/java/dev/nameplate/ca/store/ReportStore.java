package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.store.CertificateRecord.Slot;
import dev.nameplate.ca.store.SightingRecord.Alarm;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Answers what operators ask of the whole fleet, page by page; each page goes along an index. All
/// methods may be called from many threads at once, and throw [StoreException] if the store cannot
/// do its work now.
public interface ReportStore {

  /// @param next what to ask `after` for the next page; empty if this is the last
  record Page<T>(List<T> items, Optional<String> next) {

    public Page {
      items = List.copyOf(items);
    }

    public <R> Page<R> map(Function<T, R> each) {
      return new Page<>(items.stream().map(each).toList(), next);
    }
  }

  /// Which page is wanted.
  ///
  /// @param after where the one before said that this one begins
  record Wanted(Optional<String> after, int limit) {

    public Wanted {
      if (limit < 1) {
        throw new IllegalArgumentException("a page of " + limit);
      }
    }
  }

  /// A certificate, as far as a report tells.
  ///
  /// @param overdueAt when its renewal window is over: half of the time between the beginning of
  ///   the window and notAfter
  record Line(
      Owner owner,
      IssuerId issuer,
      SerialNumber serial,
      String label,
      Optional<String> fingerprint,
      Optional<String> key,
      Optional<Slot> slot,
      Instant notBefore,
      Instant notAfter,
      Instant overdueAt,
      Optional<SerialNumber> replaces,
      Optional<RevocationRecord> revocation) {}

  /// What one owner was refused for one reason, since such refusals are counted.
  ///
  /// @param address from where it asked last
  record RefusalCount(
      Refusal.Reason reason,
      Owner owner,
      String label,
      String address,
      Instant firstAt,
      Instant lastAt,
      long count) {}

  /// How many certificates one authority still answers for.
  ///
  /// @param confirmed unexpired and in use
  /// @param pending unexpired, and not seen in use
  /// @param lastNotAfter when the last of them ends; nothing if there is none
  record Generation(
      IssuerId issuer, String role, long confirmed, long pending, Optional<Instant> lastNotAfter) {}

  /// Devices that were registered and never given a certificate in their present epoch, by
  /// name.
  Page<OwnerRecord> neverEnrolled(Wanted page);

  /// Certificates that nobody was seen to use, those that end first at the beginning.
  Page<Line> unconfirmed(Wanted page);

  /// Certificates in use that end from `from` to `until`, in that order.
  Page<Line> expiring(Instant from, Instant until, Wanted page);

  /// Certificates in use whose renewal window was over by `now`, expired ones too, the latest at the
  /// beginning.
  ///
  /// @param firstOnly only devices' certificates that replaced none: who never renewed
  Page<Line> overdue(Instant now, boolean firstOnly, Wanted page);

  /// Certificates that are neither expired nor revoked, with a key of this type.
  Page<Line> withKey(KeyType key, Instant now, Wanted page);

  /// Certificates on hold since `before` or longer, the longest at the beginning.
  Page<Line> heldSince(Instant before, Wanted page);

  /// Refusals for these reasons, by reason and owner.
  Page<RefusalCount> refusals(List<Refusal.Reason> reasons, Wanted page);

  /// What was last seen with this alarm, by fingerprint and source.
  Page<SightingRecord> alarmed(Alarm alarm, Wanted page);

  /// One for each authority, oldest first.
  List<Generation> generations(Instant now);

  /// What of an owner was retired, and is never taken again.
  List<Tombstone> tombstones(Owner owner);

  /// @param kind `NAME`, `KEY`, `IDEVID`, `HARDWARE_SERIAL`
  /// @param value the name; of keys the SHA-256
  /// @param at since when
  record Tombstone(String kind, String value, Optional<Instant> at) {}

  /// Finds out the type of key of certificates that are older than this report: so many of them at
  /// most. How many it were.
  int classifyKeys(int limit);
}
