package dev.nameplate.ca.testing;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.Requester;
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
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.policy.IssuancePolicy;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// A whole small PKI over any stores: a root, an issuing CA and its OCSP signer with keys in
/// memory, all of them issued through [Enrollment] as `nameplate init` does it.
public final class TestHierarchy {

  public static final StatusUrls URLS = new StatusUrls(URI.create("http://status.example"));

  /// What the hierarchy stands on.
  public record Stores(
      CertificateStore certificates, OwnerStore owners, IssuerStore issuers, AuditLog audit) {}

  private final Stores stores;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final SoftwareSigningKey rootKey;
  private final SoftwareSigningKey issuingKey;
  private final SoftwareSigningKey ocspKey;
  private final SecretHash secretHash = new SecretHash(new byte[32]);
  private final Enrollment enrollment;
  private final Authority root;
  private final Authority issuing;
  private final Certificate ocspSigner;

  private TestHierarchy(
      Stores stores,
      StatusUrls urls,
      InstantSource clock,
      RandomGenerator random,
      SoftwareSigningKey rootKey,
      SoftwareSigningKey issuingKey,
      SoftwareSigningKey ocspKey,
      StopListener listener) {
    this.stores = stores;
    this.clock = clock;
    this.random = random;
    this.rootKey = rootKey;
    this.issuingKey = issuingKey;
    this.ocspKey = ocspKey;
    var template = new CertificateTemplate(urls);

    var rootIssuer = new Issuer(DistinguishedName.of("Acme", "Acme Root CA"), rootKey.publicKey());
    var signsItself = new Authority(rootIssuer, Optional.empty(), rootKey, CrlScope.AUTHORITIES);
    addIssuer(rootIssuer, "root", CrlScope.AUTHORITIES);
    var rootCertificate =
        issue(
            enrollment(template, signsItself, StopListener.NONE),
            new Owner(OwnerKind.ISSUER, "root"),
            rootKey,
            rootIssuer.name(),
            TestProfiles.ROOT_CA);
    stores.issuers().addIssuerCertificate(rootIssuer.id(), rootCertificate);
    this.root =
        new Authority(rootIssuer, Optional.of(rootCertificate), rootKey, CrlScope.AUTHORITIES);

    var issuer =
        new Issuer(DistinguishedName.of("Acme", "Acme Issuing CA 1"), issuingKey.publicKey());
    addIssuer(issuer, "issuing", CrlScope.END_ENTITIES);
    var issuingCertificate =
        issue(
            enrollment(template, root, StopListener.NONE),
            new Owner(OwnerKind.ISSUER, "issuing"),
            issuingKey,
            issuer.name(),
            TestProfiles.ISSUING_CA);
    stores.issuers().addIssuerCertificate(issuer.id(), issuingCertificate);
    this.issuing =
        new Authority(issuer, Optional.of(issuingCertificate), issuingKey, CrlScope.END_ENTITIES);
    this.enrollment = enrollment(template, issuing, listener);

    this.ocspSigner =
        issue(
            enrollment(template, issuing, StopListener.NONE),
            new Owner(OwnerKind.SERVICE, "ocsp"),
            ocspKey,
            DistinguishedName.of("Acme", "Acme OCSP signer"),
            TestProfiles.OCSP_SIGNER);
    stores
        .issuers()
        .addOcspSigner(
            new OcspSignerRecord(issuer.id(), "test", ocspSigner, location(ocspKey, "ocsp")),
            new AuditEvent.OcspSignerAdded(
                issuer.id(), "test", ocspSigner.serial(), ocspKey.publicKey().fingerprint()));
  }

  public static TestHierarchy over(Stores stores, InstantSource clock, RandomGenerator random) {
    return over(stores, URLS, clock, random, StopListener.NONE);
  }

  public static TestHierarchy over(
      Stores stores,
      StatusUrls urls,
      InstantSource clock,
      RandomGenerator random,
      StopListener listener) {
    return new TestHierarchy(
        stores,
        urls,
        clock,
        random,
        SoftwareSigningKey.generate(KeyType.EC_P256),
        SoftwareSigningKey.generate(KeyType.EC_P256),
        SoftwareSigningKey.generate(KeyType.EC_P256),
        listener);
  }

  /// With these keys, for tests that compare bytes.
  public static TestHierarchy withKeys(
      Stores stores,
      InstantSource clock,
      RandomGenerator random,
      SoftwareSigningKey rootKey,
      SoftwareSigningKey issuingKey,
      SoftwareSigningKey ocspKey) {
    return new TestHierarchy(
        stores, URLS, clock, random, rootKey, issuingKey, ocspKey, StopListener.NONE);
  }

  public Authority root() {
    return root;
  }

  public Authority issuing() {
    return issuing;
  }

  public SoftwareSigningKey rootKey() {
    return rootKey;
  }

  public SoftwareSigningKey issuingKey() {
    return issuingKey;
  }

  public SoftwareSigningKey ocspKey() {
    return ocspKey;
  }

  public Certificate ocspSigner() {
    return ocspSigner;
  }

  /// Issues by the issuing CA.
  public Enrollment enrollment() {
    return enrollment;
  }

  public SecretHash secretHash() {
    return secretHash;
  }

  public Authentication authentication() {
    return new Authentication(
        stores.owners(),
        stores.certificates(),
        stores.audit(),
        secretHash,
        TestProfiles::named,
        clock);
  }

  public void register(FakeDevice device) {
    register(device.owner(), "device");
  }

  public void register(Owner owner, String label) {
    stores
        .owners()
        .register(
            owner, label, clock.instant(), new AuditEvent.OwnerRegistered(owner, label, "test"));
  }

  public IssuedSecret secretFor(FakeDevice device, int uses) {
    return new EnrollmentSecrets(stores.owners(), secretHash, clock, random)
        .issue(device.owner(), uses, Duration.ofHours(24), "test")
        .orElseThrow();
  }

  /// What the device's request looks like once its secret has been checked.
  public IssuanceRequest request(FakeDevice device, IssuedSecret secret) {
    return new IssuanceRequest(
        new Requester.BySecret(device.owner(), 1, secret.id()),
        device.csr(),
        TestProfiles.DEVICE,
        Purpose.ENROLL);
  }

  /// A request by the device to replace `presented`.
  public IssuanceRequest renewal(FakeDevice device, Certificate presented) {
    return new IssuanceRequest(
        new Requester.ByCertificate(device.owner(), 1, presented),
        device.csr(),
        TestProfiles.DEVICE,
        Purpose.REENROLL);
  }

  /// Registers and enrolls a device, and sees it use its certificate.
  public Certificate enrolled(FakeDevice device) {
    register(device);
    var certificate = certificate(enrollment.enroll(request(device, secretFor(device, 1))));
    authentication().byCertificate(certificate.der().toByteArray(), Origin.INTERNAL);
    return certificate;
  }

  /// The right secret's bytes, as a client sends them.
  public static byte[] bytes(IssuedSecret secret) {
    return secret.text().getBytes(StandardCharsets.UTF_8);
  }

  /// The certificate of a result that must be one.
  public static Certificate certificate(EnrollmentResult result) {
    if (result instanceof EnrollmentResult.Issued(var certificate, _)) {
      return certificate;
    }
    throw new AssertionError("not issued: " + result);
  }

  private Enrollment enrollment(
      CertificateTemplate template, Authority authority, StopListener listener) {
    return new Enrollment(
        stores.certificates(),
        stores.audit(),
        new IssuancePolicy(),
        template,
        _ -> authority,
        clock,
        random,
        listener);
  }

  private Certificate issue(
      Enrollment by,
      Owner owner,
      SoftwareSigningKey key,
      DistinguishedName subject,
      CertificateProfile profile) {
    register(owner, profile.name());
    return certificate(
        by.enroll(
            new IssuanceRequest(
                new Requester.Internal(owner, 1, "init"),
                FakeDevice.csr(key, subject),
                profile,
                Purpose.ENROLL)));
  }

  private void addIssuer(Issuer issuer, String role, CrlScope scope) {
    var key = "root".equals(role) ? rootKey : issuingKey;
    var location = location(key, role);
    stores
        .issuers()
        .addIssuer(
            issuer,
            role,
            scope,
            location,
            new AuditEvent.IssuerAdded(
                issuer.id(),
                issuer.name().toString(),
                role,
                location.token(),
                location.id(),
                "test"));
  }

  private static KeyLocation location(SoftwareSigningKey key, String label) {
    return new KeyLocation("memory", label, "01", key.publicKey().fingerprint());
  }
}
