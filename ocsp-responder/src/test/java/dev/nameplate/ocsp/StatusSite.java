package dev.nameplate.ocsp;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.CertificateTemplate;
import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.enrollment.Stop;
import dev.nameplate.ca.enrollment.StopListener;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.job.CrlJob;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.policy.IssuancePolicy;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.profile.KeyPolicy;
import dev.nameplate.ca.revocation.CrlListener;
import dev.nameplate.ca.revocation.CrlPublication;
import dev.nameplate.ca.revocation.CrlSchedule;
import dev.nameplate.ca.revocation.Revocation;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.CrlBase;
import dev.nameplate.ca.store.CrlState;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.store.StatusChange;
import dev.nameplate.ca.store.StatusListener;
import dev.nameplate.ca.store.StatusSource;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.ProfileLike;
import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.TestProfiles;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/// A small PKI in memory with its status listener on 127.0.0.1. Its store and its key can be taken
/// away.
final class StatusSite implements StatusSource, CrlStore {

  private final InstantSource clock;
  private final InMemoryStore store;
  private final TestHierarchy pki;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<BigInteger> alarms = new CopyOnWriteArrayList<>();
  private final OcspResponder responder;
  private final Server server = new Server();
  private final ServerConnector connector;
  private volatile OcspSigners signers;
  private volatile boolean storeAway;
  private volatile boolean broken;
  private volatile boolean crashOnceReserved;
  private volatile boolean deaf;
  private volatile SourceLimit sources = SourceLimit.NONE;
  private final AtomicLong statusReads = new AtomicLong();
  private volatile Runnable onceRead = () -> {};

  private static final class CrashException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private StatusSite(InstantSource clock, OcspSettings settings) {
    this.clock = clock;
    store = new InMemoryStore(clock);
    pki =
        TestHierarchy.over(
            new TestHierarchy.Stores(store, store, store, store),
            TestHierarchy.URLS,
            clock,
            new Random(1),
            (stop, _) -> {
              if (crashOnceReserved && stop == Stop.RESERVED) {
                throw new CrashException();
              }
            });
    signers = OcspSigners.of(List.of(), List.of(signer()), List.of(authority()));
    responder =
        new OcspResponder(
            this, this::signers, (_, serial) -> alarms.add(serial), settings, clock, meters);
    store.listen(
        new StatusListener() {
          @Override
          public void changed(IssuerId issuer, SerialNumber serial) {
            if (!deaf) {
              responder.changed(issuer, serial);
            }
          }

          @Override
          public void lost() {
            responder.lost();
          }
        });
    connector =
        new ServerConnector(server, 1, 1, new HttpConnectionFactory(StatusHttp.configuration()));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(
        StatusHttp.handler(
            new OcspHandler(
                responder, source -> sources.take(source), StatusHttp.ASIDE, settings, clock),
            new CrlHandler(this, store, settings, clock),
            StatusHttp.ASIDE));
  }

  static StatusSite at(InstantSource clock) {
    return at(clock, OcspSettings.DEFAULT);
  }

  static StatusSite at(InstantSource clock, OcspSettings settings) {
    return new StatusSite(clock, settings);
  }

  /// With the listener open.
  static StatusSite open(InstantSource clock) throws Exception {
    return open(clock, OcspSettings.DEFAULT);
  }

  static StatusSite open(InstantSource clock, OcspSettings settings) throws Exception {
    var site = at(clock, settings);
    site.server.start();
    return site;
  }

  TestHierarchy pki() {
    return pki;
  }

  InMemoryStore store() {
    return store;
  }

  OcspResponder responder() {
    return responder;
  }

  List<BigInteger> alarms() {
    return List.copyOf(alarms);
  }

  OcspSigner signer() {
    return OcspSigner.of(pki.issuing().issuer(), pki.ocspSigner(), pki.ocspKey());
  }

  void signWith(OcspSigner... others) {
    signers = OcspSigners.of(List.of(), List.of(others), List.of(authority()));
  }

  private CaCertificate authority() {
    var certificate = pki.issuing().certificate().orElseThrow();
    return new CaCertificate(
        pki.issuing().id(), pki.root().id(), certificate.serial(), certificate.notAfter());
  }

  /// A mistake of ours: nobody foresaw this exception.
  void signersAreBroken() {
    broken = true;
  }

  /// Another delegated signer of the same issuer, with a new key, valid from now.
  OcspSigner renewedSigner() {
    return signerWith(KeyType.EC_P256);
  }

  /// The same with such a key.
  OcspSigner signerWith(KeyType type) {
    return signerWith(SoftwareSigningKey.generate(type));
  }

  /// The same with this key.
  OcspSigner signerWith(SoftwareSigningKey key) {
    return signer(pki.enrollment(), pki.issuing(), key);
  }

  /// A delegated signer of the root.
  OcspSigner rootSigner() {
    var byRoot =
        new Enrollment(
            store,
            store,
            new IssuancePolicy(),
            new CertificateTemplate(TestHierarchy.URLS),
            _ -> pki.root(),
            clock,
            new Random(2),
            StopListener.NONE);
    return signer(byRoot, pki.root(), SoftwareSigningKey.generate(KeyType.EC_P256));
  }

  private OcspSigner signer(Enrollment by, Authority authority, SoftwareSigningKey key) {
    var type = key.publicKey().type();
    var owner = new Owner(OwnerKind.SERVICE, "ocsp-" + authority.scope() + "-" + type.text());
    pki.register(owner, TestProfiles.OCSP_SIGNER.name());
    var profile =
        ProfileLike.of(TestProfiles.OCSP_SIGNER).keys(new KeyPolicy(Set.of(type))).profile();
    var request =
        new IssuanceRequest(
            new Requester.Internal(owner, 1, "test"),
            FakeDevice.csr(key, DistinguishedName.of("Acme", "Acme OCSP signer")),
            profile,
            IssuanceRequest.Purpose.ENROLL);
    return OcspSigner.of(authority.issuer(), TestHierarchy.certificate(by.enroll(request)), key);
  }

  void limit(SourceLimit limit) {
    sources = limit;
  }

  /// Changes are not heard any more, until somebody says that they may have been missed.
  void hearNothing() {
    deaf = true;
  }

  /// Has this done once, by whoever next reads a status, when the status was read and nobody knows
  /// it yet.
  void onceAStatusIsRead(Runnable then) {
    onceRead = then;
  }

  /// How often a status was asked for.
  long statusReads() {
    return statusReads.get();
  }

  void takeStoreAway() {
    storeAway = true;
  }

  void bringStoreBack() {
    storeAway = false;
  }

  /// From now on a new connection is given up when nothing came for so long.
  void waitAtMost(Duration idle) {
    connector.setIdleTimeout(idle.toMillis());
  }

  URI uri(String rawPath) {
    return URI.create("http://127.0.0.1:" + port() + rawPath);
  }

  int port() {
    return connector.getLocalPort();
  }

  double count(String name, String tag, String value) {
    return meters.get(name).tag(tag, value).counter().count();
  }

  double count(String name) {
    return meters.get(name).counter().count();
  }

  Certificate enrolled(String device) {
    return pki.enrolled(FakeDevice.named(device));
  }

  /// The serial of a certificate whose enrollment ended half-way, as if by a crash.
  SerialNumber reserved(String name) {
    var device = FakeDevice.named(name);
    pki.register(device);
    var request = pki.request(device, pki.secretFor(device, 1));
    crashOnceReserved = true;
    try {
      throw new AssertionError("no crash: " + pki.enrollment().enroll(request));
    } catch (CrashException asMeant) {
      return store.list(CertificateQuery.ofOwner(device.owner())).getFirst().serial();
    } finally {
      crashOnceReserved = false;
    }
  }

  void revoke(Certificate certificate, RevocationReason reason) {
    new Revocation(store, clock)
        .revoke(pki.issuing().id(), certificate.serial(), reason, Optional.empty(), "test");
  }

  /// Makes a certificate good again that is on hold.
  void release(Certificate certificate) {
    new Revocation(store, clock).release(pki.issuing().id(), certificate.serial(), "test");
  }

  /// The root revokes the issuing CA.
  void revokeTheIssuingCa(RevocationReason reason) {
    var certificate = pki.issuing().certificate().orElseThrow();
    new Revocation(store, clock)
        .revoke(pki.root().id(), certificate.serial(), reason, Optional.empty(), "test");
  }

  /// Publishes the issuing CA's CRL, if it is due.
  Optional<PublishedCrl> publishCrl() {
    return publication().publishIfDue(pki.issuing());
  }

  /// Publishes the CRLs of the root and of the issuing CA that are due.
  void publishAll() {
    new CrlJob(publication(), () -> List.of(pki.root(), pki.issuing())).run(clock.instant());
  }

  /// Publishes the issuing CA's CRLs, as if it had so many shards.
  void publishShards(int shards) {
    var issuing = pki.issuing();
    var sharded =
        new Authority(
            issuing.issuer(), issuing.certificate(), issuing.key(), issuing.scope(), shards);
    new CrlJob(publication(), () -> List.of(sharded)).run(clock.instant());
  }

  /// Publishes the issuing CA's CRL now, with a delta if there is something to add to.
  void publishWithDelta() {
    new CrlPublication(
            store, store, clock, CrlSchedule.DEFAULT, TestHierarchy.URLS, true, CrlListener.NONE)
        .publishNow(pki.issuing(), pki.issuing().scope());
  }

  private CrlPublication publication() {
    return new CrlPublication(
        store, store, clock, CrlSchedule.DEFAULT, TestHierarchy.URLS, CrlListener.NONE);
  }

  @Override
  public CertificateStatus status(IssuerId issuer, SerialNumber serial) {
    statusReads.incrementAndGet();
    requireStore();
    var status = store.status(issuer, serial);
    var then = onceRead;
    onceRead = () -> {};
    then.run();
    return status;
  }

  @Override
  public CrlState crlState(IssuerId issuer, CrlScope scope) {
    requireStore();
    return store.crlState(issuer, scope);
  }

  @Override
  public Map<CrlScope, CrlState> crlStates(IssuerId issuer) {
    requireStore();
    return store.crlStates(issuer);
  }

  @Override
  public void revoked(
      IssuerId issuer, CrlScope scope, Instant expiredSince, Consumer<RevokedEntry> each) {
    requireStore();
    store.revoked(issuer, scope, expiredSince, each);
  }

  @Override
  public void changedSince(
      IssuerId issuer, CrlScope scope, long after, Consumer<StatusChange> each) {
    requireStore();
    store.changedSince(issuer, scope, after, each);
  }

  @Override
  public boolean publish(PublishedCrl crl, long after, AuditEvent why, long lease) {
    requireStore();
    return store.publish(crl, after, why, lease);
  }

  @Override
  public Optional<CrlBase> oldestBase(IssuerId issuer, CrlScope scope, Instant now) {
    requireStore();
    return store.oldestBase(issuer, scope, now);
  }

  @Override
  public void expired(
      IssuerId issuer, CrlScope scope, Instant from, Instant to, Consumer<RevokedEntry> each) {
    requireStore();
    store.expired(issuer, scope, from, to, each);
  }

  @Override
  public Optional<PublishedCrl> latestCrl(IssuerId issuer, CrlScope scope) {
    requireStore();
    return store.latestCrl(issuer, scope);
  }

  void close() throws Exception {
    server.stop();
  }

  private OcspSigners signers() {
    if (broken) {
      throw new IllegalStateException("broken on purpose");
    }
    return signers;
  }

  private void requireStore() {
    if (storeAway) {
      throw new StoreException("the store was taken away");
    }
  }
}
