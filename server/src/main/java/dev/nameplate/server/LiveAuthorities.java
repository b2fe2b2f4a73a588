package dev.nameplate.server;

import dev.nameplate.ca.enrollment.Authorities;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.OfflineKey;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerSource;
import dev.nameplate.ca.x509.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The authorities of this server: the root signs authorities, and each profile names the role of
/// the one that signs the rest. A role may have had several authorities, one after the other: the
/// newest signs, and the others are answered for as long as a certificate of theirs is good. What
/// is remembered of them is read at [#refresh], not for each certificate.
public final class LiveAuthorities implements Authorities {

  public static final String ROOT = CertificateProfile.ROOT;
  public static final String ISSUING = CertificateProfile.ISSUING;

  /// How long it is believed that the last certificate of an authority has expired.
  private static final Duration BELIEVED = Duration.ofHours(1);

  private static final Logger LOG = LoggerFactory.getLogger(LiveAuthorities.class);

  /// Opens the key of an authority.
  @FunctionalInterface
  interface Keys {
    SigningKey open(KeyLocation location, String role);
  }

  /// An authority with its certificates.
  ///
  /// @param needed whether certificates of it are, or may become, good
  private record Member(IssuerRecord record, Authority authority, boolean needed) {

    boolean isOffline(IssuerRecord other) {
      return record.issuer().equals(other.issuer()) && authority.key() instanceof OfflineKey;
    }

    boolean has(String role) {
      return record.role().equals(role);
    }
  }

  /// When the last certificate of an authority ends, as it was known at some time.
  private record End(Optional<Instant> last, Instant asked) {

    boolean isOverAt(Instant now) {
      return last.filter(instant -> !instant.isBefore(now)).isEmpty();
    }
  }

  private final IssuerSource issuers;
  private final Optional<Keys> keys;
  private final int shards;
  private final InstantSource clock;
  private final Map<IssuerId, End> ends = new HashMap<>();
  private volatile List<Member> members = List.of();

  /// @param shards on how many CRLs certificates of end entities are spread, 1 for one
  LiveAuthorities(IssuerSource issuers, Keys keys, int shards, InstantSource clock) {
    this(issuers, Optional.of(keys), shards, clock);
  }

  private LiveAuthorities(
      IssuerSource issuers, Optional<Keys> keys, int shards, InstantSource clock) {
    this.issuers = issuers;
    this.keys = keys;
    this.shards = shards;
    this.clock = clock;
  }

  /// The same for a node that has no key of any authority: it knows them, and cannot sign for them.
  static LiveAuthorities withoutKeys(IssuerSource issuers, InstantSource clock) {
    return new LiveAuthorities(issuers, Optional.empty(), 1, clock);
  }

  /// Reads anew which authorities there are; those without a certificate are left out. One whose
  /// key is away is there, and does not sign: the others do not wait for it.
  public synchronized void refresh() {
    var now = clock.instant();
    var records =
        issuers.issuers().stream().filter(record -> !record.certificates().isEmpty()).toList();
    var found = new ArrayList<Member>();
    for (var record : records) {
      found.add(new Member(record, known(record), isNeeded(record, records, now)));
    }
    members = List.copyOf(found);
  }

  /// Those whose keys should be here and are not, each with the reason; a root's may be elsewhere,
  /// and nobody misses that of an authority that has ended.
  Map<Authority, String> withoutTheirKeys() {
    var away = new LinkedHashMap<Authority, String>();
    for (var member : keys.isPresent() ? living() : List.<Member>of()) {
      if (!member.has(ROOT) && member.authority.key() instanceof OfflineKey key) {
        away.put(member.authority, key.why());
      }
    }
    return away;
  }

  /// Those that should issue to end entities and cannot, for their own certificate has expired,
  /// each with the reason.
  Map<Authority, String> ended() {
    var now = clock.instant();
    var ended = new LinkedHashMap<Authority, String>();
    for (var role : roles()) {
      find(role)
          .filter(_ -> !role.equals(ROOT))
          .ifPresent(authority ->
              authority
                  .certificate()
                  .map(Certificate::notAfter)
                  .filter(end -> !now.isBefore(end.plusSeconds(1)))
                  .ifPresent(end -> ended.put(authority, "it ended at " + end)));
    }
    return ended;
  }

  /// Oldest first.
  public List<Authority> all() {
    return members.stream().map(Member::authority).toList();
  }

  /// The authorities for which there must be OCSP answers, about devices or about authorities. One
  /// that has expired cannot certify a signer any more, and nothing that it issued is good. A root
  /// whose key is elsewhere certifies none here.
  public List<Authority> answering() {
    return living().stream()
        .filter(member -> !member.has(ROOT) || !(member.authority.key() instanceof OfflineKey))
        .map(Member::authority)
        .toList();
  }

  /// The authorities of which there must be CRLs: none of those that have expired, or of which
  /// everything has that they issued before another one took their place.
  public List<Authority> publishing() {
    return living().stream().map(Member::authority).toList();
  }

  private List<Member> living() {
    var now = clock.instant();
    return members.stream()
        .filter(member -> member.needed)
        .filter(member ->
            member
                .authority
                .certificate()
                .filter(certificate -> certificate.isValidAt(now))
                .isPresent())
        .toList();
  }

  /// The roles for which there is an authority that signs.
  public SortedSet<String> roles() {
    var roles = new TreeSet<String>();
    members.stream()
        .filter(member -> member.record.active())
        .forEach(member -> roles.add(member.record.role()));
    return roles;
  }

  /// The newest active authority with this role, if there is one.
  public Optional<Authority> find(String role) {
    return current(role).map(Member::authority);
  }

  /// The newest active authority with this role.
  ///
  /// @throws SigningException if there is none
  public Authority withRole(String role) {
    return find(role).orElseThrow(() -> new SigningException("there is no " + role + " authority"));
  }

  @Override
  public Authority of(CertificateProfile profile) {
    return withRole(profile.issuer());
  }

  /// The authority whose name and key a certificate was issued with.
  public Optional<Authority> issuerOf(Certificate certificate) {
    return members.stream()
        .map(Member::authority)
        .filter(authority -> isBy(certificate, authority))
        .findFirst();
  }

  /// The authority with this subject key identifier, in hex: what the authority key identifier of
  /// its certificates says.
  public Optional<Authority> withKeyIdentifier(String hex) {
    return members.stream()
        .map(Member::authority)
        .filter(authority ->
            authority.certificate().flatMap(Certificate::subjectKeyIdentifier).stream()
                .anyMatch(hex::equals))
        .findFirst();
  }

  /// What a client needs to trust a certificate of this profile (RFC 7030 section 4.1.3): every
  /// root, with what roots certified of each other at a rollover, and every authority of its role
  /// that has a certificate which is still good. The present root comes first.
  public List<Certificate> bundle(CertificateProfile profile) {
    var now = clock.instant();
    var bundle = new ArrayList<Certificate>();
    find(ROOT).flatMap(Authority::certificate).ifPresent(bundle::add);
    onThePathOf(profile).forEach(member -> bundle.addAll(member.record.certificates()));
    return bundle.stream()
        .distinct()
        .filter(certificate -> now.isBefore(certificate.notAfter().plusSeconds(1)))
        .toList();
  }

  /// The authorities whose CRLs tell whether a certificate of this profile is good: every root, and
  /// every authority of its role that has a certificate which is still good.
  public List<Authority> onPath(CertificateProfile profile) {
    return onThePathOf(profile).map(Member::authority).toList();
  }

  /// What a server sends behind its own certificate: the authority's, and after a rollover what
  /// leads those who trust only the root before it to the present one. Whoever trusts the present
  /// one does not need that, and is not disturbed by it.
  public List<Certificate> path(Authority authority) {
    var path = new ArrayList<Certificate>();
    authority.certificate().ifPresent(path::add);
    var root = authority.certificate().flatMap(this::issuerOf);
    if (root.isPresent()) {
      path.addAll(byOlderRoots(root.get()));
    }
    return List.copyOf(path);
  }

  /// Opens the key of an authority, whether it has a certificate already or not.
  ///
  /// @throws SigningException if the key is away, or is not the one that is remembered
  Authority open(IssuerRecord record) {
    var location =
        record.keys().stream()
            .findFirst()
            .orElseThrow(() ->
                new SigningException(
                    "nobody knows where the key of " + record.issuer().name() + " is"));
    var key =
        keys.orElseThrow(() -> new SigningException("this node has no key of any authority"))
            .open(location, record.role());
    return authority(record, key);
  }

  /// As it is already, if nothing changed: a key stays open. One that was away is looked for again.
  private Authority known(IssuerRecord record) {
    return members.stream()
        .filter(member -> member.record.equals(record))
        .map(Member::authority)
        .filter(authority -> keys.isEmpty() || !(authority.key() instanceof OfflineKey))
        .findFirst()
        .orElseGet(() -> opened(record));
  }

  private Authority opened(IssuerRecord record) {
    if (keys.isEmpty()) {
      return absent(record, "the key of " + record.issuer().name() + " is at the issuing nodes");
    }
    try {
      return open(record);
    } catch (SigningException | IllegalArgumentException away) {
      boolean said = members.stream().anyMatch(member -> member.isOffline(record));
      // a root may be kept elsewhere, once it has certified those below it; its CRLs are imported
      if (!said && record.role().equals(ROOT)) {
        LOG.warn("the key of {} is not here: {}", record.issuer().name(), away.getMessage());
      } else if (!said) {
        LOG.error("{} cannot sign: its key is away", record.issuer().name(), away);
      }
      return absent(record, String.valueOf(away.getMessage()));
    }
  }

  private Authority absent(IssuerRecord record, String why) {
    return authority(record, new OfflineKey(record.issuer().publicKey(), why));
  }

  private Authority authority(IssuerRecord record, SigningKey key) {
    return new Authority(
        record.issuer(),
        record.certificate(),
        key,
        record.scope(),
        record.scope().equals(CrlScope.END_ENTITIES) ? shards : 1);
  }

  private Stream<Member> onThePathOf(CertificateProfile profile) {
    return members.stream()
        .filter(member -> member.has(ROOT) || (member.has(profile.issuer()) && member.needed));
  }

  private List<Certificate> byOlderRoots(Authority root) {
    var now = clock.instant();
    var older = new ArrayList<Authority>();
    for (var member : members) {
      if (member.authority.id().equals(root.id())) {
        return member.record.certificates().stream()
            .filter(certificate -> older.stream().anyMatch(before -> isBy(certificate, before)))
            .filter(certificate -> certificate.isValidAt(now))
            .toList();
      }
      if (member.has(ROOT)) {
        older.add(member.authority);
      }
    }
    return List.of();
  }

  private Optional<Member> current(String role) {
    return members.stream()
        .filter(member -> member.record.active() && member.has(role))
        .reduce((_, newer) -> newer);
  }

  private boolean isNeeded(IssuerRecord record, List<IssuerRecord> all, Instant now) {
    boolean superseded =
        record.active()
            && all.stream()
                .filter(other -> other.active() && other.role().equals(record.role()))
                .reduce((_, newer) -> newer)
                .filter(newest -> !newest.equals(record))
                .isPresent();
    return !superseded || !end(record.issuer().id(), now).isOverAt(now);
  }

  /// Asks only when what is known does not decide: counting through many certificates is dear, and
  /// no more come from an authority that has a successor.
  private End end(IssuerId issuer, Instant now) {
    var known = ends.get(issuer);
    if (known != null && (!known.isOverAt(now) || now.isBefore(known.asked().plus(BELIEVED)))) {
      return known;
    }
    var end = new End(issuers.lastNotAfter(issuer), now);
    ends.put(issuer, end);
    return end;
  }

  private static boolean isBy(Certificate certificate, Authority authority) {
    return certificate.issuer().equals(authority.issuer().name())
        && certificate.isSignedBy(authority.issuer().publicKey());
  }
}
