package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.ApprovalSettings;
import dev.nameplate.ca.enrollment.Authentication;
import dev.nameplate.ca.enrollment.CertificateTemplate;
import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.enrollment.EnrollmentResult;
import dev.nameplate.ca.enrollment.EnrollmentSecrets;
import dev.nameplate.ca.enrollment.IssuedSecret;
import dev.nameplate.ca.enrollment.SecretHash;
import dev.nameplate.ca.enrollment.StopListener;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.policy.IssuancePolicy;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.revocation.Revocation;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.trust.ManufacturerAuthentication;
import dev.nameplate.ca.trust.RequestedRevocation;
import dev.nameplate.ca.trust.StationAuthentication;
import dev.nameplate.ca.trust.TrustAnchors;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.bouncycastle.asn1.x509.GeneralName;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.servlet.ServletContainer;

/// A whole EST service: real rules, real HTTP and TLS on a port of the loopback interface; stores
/// in memory and keys in software.
final class EstFixture implements AutoCloseable {

  /// Warns of every resource that is registered as an instance; held so that its level stays.
  private static final Logger NOISY =
      Logger.getLogger("org.glassfish.jersey.internal.inject.Providers");

  static {
    NOISY.setLevel(Level.SEVERE);
  }

  private static final StatusUrls URLS = new StatusUrls(URI.create("http://status.example"));

  final TestClock clock = new TestClock();
  final InMemoryStore store = new InMemoryStore(clock);
  final SoftwareSigningKey issuingKey = SoftwareSigningKey.generate(KeyType.EC_P256);
  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final UnauthenticatedRefusals counts = new UnauthenticatedRefusals();
  final Certificate root;
  final Certificate issuing;

  /// What cacerts hands out; a test may break it.
  volatile TrustBundle trust;

  /// What happens at the stops of an enrollment; a test may put something there.
  volatile StopListener stops = StopListener.NONE;

  /// What was shared with every device before; a test may put something there.
  final Map<Der, KeyEncryptionKey> sharedKeys = new ConcurrentHashMap<>();

  private final Random random = new Random(7);
  private final SecretHash hash = new SecretHash(new byte[32]);
  private final Authority issuingAuthority;
  private final Server server = new Server();
  private final ServerConnector connector;
  private final EstApplication est;

  /// What the server shows in TLS and DTLS.
  final SoftwareKey serverKey = SoftwareKey.generate(KeyType.EC_P256);

  final Certificate serverCertificate;

  private final String defaultLabel;
  private final ApprovalSettings approvals;

  private EstFixture(String defaultLabel, ApprovalSettings approvals) throws Exception {
    this.defaultLabel = defaultLabel;
    this.approvals = approvals;
    var rootKey = SoftwareSigningKey.generate(KeyType.EC_P384);
    var rootIssuer = new Issuer(DistinguishedName.of("Acme", "Acme Root"), rootKey.publicKey());
    var ownRoot = new Authority(rootIssuer, Optional.empty(), rootKey, CrlScope.AUTHORITIES);
    root = authority("root", TestProfiles.ROOT, rootIssuer.name(), rootKey, ownRoot);
    var issuer = new Issuer(DistinguishedName.of("Acme", "Acme Issuing"), issuingKey.publicKey());
    var signedRoot = new Authority(rootIssuer, Optional.of(root), rootKey, CrlScope.AUTHORITIES);
    issuing = authority("issuing", TestProfiles.ISSUING, issuer.name(), issuingKey, signedRoot);
    issuingAuthority =
        new Authority(issuer, Optional.of(issuing), issuingKey, CrlScope.END_ENTITIES);
    trust = _ -> List.of(root, issuing);
    remember(rootIssuer, "root", CrlScope.AUTHORITIES);
    remember(issuer, "issuing", CrlScope.END_ENTITIES);

    serverCertificate = serverCertificate();
    est = est();
    var tls = new SslContextFactory.Server();
    tls.setSslContext(serverContext());
    tls.setWantClientAuth(true);
    tls.setIncludeProtocols("TLSv1.2", "TLSv1.3");
    var http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.addCustomizer(new SecureRequestCustomizer(false));
    http.addCustomizer(EstFixture::bind);
    connector =
        new ServerConnector(
            server, new SslConnectionFactory(tls, "http/1.1"), new HttpConnectionFactory(http));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(application());
    server.start();
  }

  private void remember(Issuer authority, String role, CrlScope scope) {
    var at = new KeyLocation("software", role, "00", authority.publicKey().fingerprint());
    var name = authority.name().toString();
    store.addIssuer(
        authority,
        role,
        scope,
        at,
        new AuditEvent.IssuerAdded(authority.id(), name, role, at.token(), at.id(), "test"));
  }

  static EstFixture start() {
    return start("device", ApprovalSettings.USUAL);
  }

  static EstFixture start(String defaultLabel, ApprovalSettings approvals) {
    try {
      return new EstFixture(defaultLabel, approvals);
    } catch (Exception broken) {
      throw new IllegalStateException("the test server does not start", broken);
    }
  }

  int port() {
    return connector.getLocalPort();
  }

  IssuerId issuer() {
    return issuingAuthority.id();
  }

  /// Registers a device and gives it a secret that is good for one request.
  IssuedSecret register(String id) {
    return register(id, TestProfiles.DEVICE);
  }

  IssuedSecret register(String id, CertificateProfile profile) {
    register(new DeviceId(id).owner(), profile);
    return secret(id, 1);
  }

  IssuedSecret secret(String id, int uses) {
    return new EnrollmentSecrets(store, hash, label -> label.startsWith("digest"), clock, random)
        .issue(new DeviceId(id).owner(), uses, Duration.ofHours(24), "test")
        .orElseThrow();
  }

  /// Trusts a manufacturer under a label, as an operator would.
  TrustAnchors.Added anchor(String label, Certificate authority) {
    return anchors().add(label, authority, Optional.empty(), "test");
  }

  TrustAnchors anchors() {
    return new TrustAnchors(store, store, store, clock);
  }

  /// Registers a station for these labels and enrolls it, over EST.
  FakeDevice station(String id, CertificateProfile profile, Set<String> labels) throws Exception {
    var owner = new Owner(OwnerKind.STATION, id);
    register(owner, profile);
    store.assign(
        owner, labels, new AuditEvent.StationAssigned(owner, String.join(" ", labels), "test"));
    var secret =
        new EnrollmentSecrets(store, hash, clock, random)
            .issue(owner, 1, Duration.ofHours(24), "test")
            .orElseThrow();
    var station = FakeDevice.fresh(id);
    try (var client = EstClient.anonymous(this)) {
      station.install(
          client
              .post(
                  profile.name() + "/simpleenroll",
                  Requests.oneLine(station.csr()),
                  "Authorization: " + basic(id, secret.text()))
              .certificate());
    }
    return station;
  }

  /// Registers a device and enrolls it, over EST.
  FakeDevice enrolled(String id) throws Exception {
    var device = FakeDevice.fresh(id);
    try (var client = EstClient.anonymous(this)) {
      device.install(client.enroll(device, register(id)));
    }
    return device;
  }

  /// Registers a device, and gives it a certificate by hand.
  FakeDevice enrolled(String id, CertificateProfile profile) {
    var device = FakeDevice.fresh(id);
    device.install(issue(new DeviceId(id).owner(), profile, device.csr(), issuingAuthority));
    return device;
  }

  void revoke(Certificate certificate, RevocationReason reason) {
    store.revoke(issuer(), certificate.serial(), reason, Optional.empty(), clock.instant(), "test");
  }

  void retire(String id) {
    retire(new DeviceId(id).owner());
  }

  void retire(Owner owner) {
    store.retire(owner, RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "test");
  }

  /// The payloads of all audit rows of one kind, oldest first.
  List<String> audited(Class<? extends AuditEvent> kind) {
    var found = new ArrayList<String>();
    store.rows(row -> {
      if (row.kind().equals(kind.getSimpleName())) {
        found.add(row.payload().orElseThrow());
      }
    });
    return found;
  }

  static String basic(String user, String secret) {
    return "Basic " + Base64.getEncoder().encodeToString((user + ":" + secret).getBytes(UTF_8));
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception broken) {
      throw new IllegalStateException("the test server does not stop", broken);
    }
  }

  /// What the JDK's TLS knows of the connection: nothing before TLS 1.3.
  private static Request bind(Request request, HttpFields.Mutable headers) {
    if (request.getAttribute(EndPoint.SslSessionData.ATTRIBUTE)
        instanceof EndPoint.SslSessionData tls) {
      Supplier<Optional<ChannelBinding>> binding = () -> Tls.exporter(tls.sslSession());
      request.setAttribute(ChannelBinding.ATTRIBUTE, binding);
    }
    return request;
  }

  Operations operations() {
    return est.operations();
  }

  private EstApplication est() {
    var profiles =
        TestProfiles.LABELS.stream().collect(Collectors.toMap(profile -> profile.name(), p -> p));
    var stations = new StationAuthentication(store, store, store, clock);
    return new EstApplication(
        new EstSettings(profiles, defaultLabel, Set.of("sensor"), Duration.ofSeconds(5)),
        new Authentication(
            store, store, store, hash, name -> Optional.ofNullable(profiles.get(name)), clock),
        new ManufacturerAuthentication(store, store, store, store, clock),
        stations,
        enrollment(issuingAuthority),
        new RequestedRevocation(store, new Revocation(store, clock), stations, store, clock),
        profile -> trust.of(profile),
        new KeyGeneration(
            store,
            (_, identifier) -> Optional.ofNullable(sharedKeys.get(identifier)),
            () -> new KeySigner(serverKey, List.of(serverCertificate, issuing)),
            clock),
        SecretThrottle.standard(clock),
        DigestNonces.standard(clock, random, hash::stamp),
        counts,
        meters);
  }

  private ServletContextHandler application() {
    var config = new ResourceConfig().registerInstances(est.components());
    config.addProperties(est.properties());
    var context = new ServletContextHandler("/");
    context.addServlet(new ServletHolder(new ServletContainer(config)), "/*");
    return context;
  }

  private Enrollment enrollment(Authority authority) {
    return new Enrollment(
        store,
        store,
        new IssuancePolicy(),
        new CertificateTemplate(URLS),
        _ -> authority,
        clock,
        random,
        (stop, owner) -> stops.reached(stop, owner),
        approvals);
  }

  private Certificate authority(
      String id,
      CertificateProfile profile,
      DistinguishedName name,
      SoftwareSigningKey key,
      Authority by) {
    var csr = Csr.sign(name, key.publicKey(), key.algorithm(), key::sign).toByteArray();
    return issue(new Owner(OwnerKind.ISSUER, id), profile, csr, by);
  }

  private Certificate serverCertificate() throws Exception {
    var csr =
        Requests.named(
            "localhost",
            serverKey,
            new GeneralName(GeneralName.dNSName, "localhost"),
            new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
    return issue(
        new Owner(OwnerKind.SERVICE, "est"), TestProfiles.TLS_SERVER, csr, issuingAuthority);
  }

  private SSLContext serverContext() throws Exception {
    var context = SSLContext.getInstance("TLS");
    context.init(
        Tls.keyManagers(serverKey, serverCertificate, issuing),
        new TrustManager[] {new AnyClientCertificate()},
        null);
    return context;
  }

  private Certificate issue(
      Owner owner, CertificateProfile profile, byte[] csr, Authority authority) {
    register(owner, profile);
    var request =
        new IssuanceRequest(
            new Requester.Internal(owner, 1, "test"), Requests.parse(csr), profile, Purpose.ENROLL);
    return switch (enrollment(authority).enroll(request)) {
      case EnrollmentResult.Issued(var certificate, _) -> certificate;
      case EnrollmentResult.Refused(var refusal) ->
          throw new IllegalStateException(refusal.toString());
      case EnrollmentResult.Queued _ -> throw new IllegalStateException("to be approved");
      case EnrollmentResult.InProgress(_) -> throw new IllegalStateException("asked twice");
    };
  }

  private void register(Owner owner, CertificateProfile profile) {
    store.register(
        owner,
        profile.name(),
        clock.instant(),
        new AuditEvent.OwnerRegistered(owner, profile.name(), "test"));
  }
}
