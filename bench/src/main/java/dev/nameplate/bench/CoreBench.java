package dev.nameplate.bench;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.CertificateTemplate;
import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.enrollment.EnrollmentResult;
import dev.nameplate.ca.enrollment.EnrollmentSecrets;
import dev.nameplate.ca.enrollment.SecretHash;
import dev.nameplate.ca.enrollment.StopListener;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.policy.IssuancePolicy;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.KeyVault.GeneratedKey;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.hsm.SoftHsm;
import dev.nameplate.hsm.TokenKeyVault;
import dev.nameplate.server.ProfileFiles;
import dev.nameplate.store.Database;
import dev.nameplate.store.DatabaseSettings;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/// Issuance without HTTP: a checked request, durable rows on H2 in groups, a key in SoftHSM.
final class CoreBench {

  private static final int SIGNATURES = 20_000;
  private static final int DEVICES = 5_000;
  private static final int FLUSHES = 1_000;

  private final Report report;
  private final Path folder;
  private final SecureRandom random = new SecureRandom();
  private final InstantSource clock = InstantSource.system();

  CoreBench(Report report, Path folder) {
    this.report = report;
    this.folder = folder;
  }

  void run() throws Exception {
    report.section("Issuance through the core: CSR check, policy, lint, H2 on disk, SoftHSM P-256");
    var settings = new SoftHsm(folder.resolve("token")).createToken("bench", random);
    try (var vault = TokenKeyVault.open(settings, random, clock);
        var database =
            Database.open(
                new DatabaseSettings("jdbc:h2:file:" + folder.resolve("db"), "sa", () -> ""),
                clock,
                random,
                "bench",
                fatal -> report.say("the store gave up: " + fatal))) {
      var key = vault.generate("issuing", KeyType.EC_P256);
      double signatures =
          report.limit(
              "raw signatures by the token, each checked, 8 callers",
              Load.perSecond(
                  8,
                  IntStream.range(0, SIGNATURES).boxed().toList(),
                  () -> number -> key.key().sign(new byte[] {(byte) (int) number})));
      double flushes = report.limit("raw flushes of 4 KiB to this disk, 1 writer", flushes());
      issue(database, key, signatures, flushes);
    }
  }

  private double flushes() throws Exception {
    try (var file =
        FileChannel.open(
            folder.resolve("flush"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      return Load.perSecond(
          1,
          Collections.nCopies(FLUSHES, 0),
          () ->
              _ -> {
                file.write(ByteBuffer.allocate(4096));
                file.force(false);
              });
    }
  }

  private void issue(Database database, GeneratedKey key, double signatures, double flushes)
      throws Exception {
    var profile = ProfileFiles.defaults().get("device");
    var authority = authority(database, key);
    var enrollment = enrollment(database, authority);
    var secrets =
        new EnrollmentSecrets(database.owners(), new SecretHash(new byte[32]), clock, random);
    for (int callers : new int[] {1, 8, 32, 128}) {
      var requests = prepare(callers, database, secrets, profile);
      var before = database.stats();
      double issued =
          Load.perSecond(
              callers,
              requests,
              () ->
                  request -> {
                    var csr = Csr.parse(request.csr().toByteArray());
                    var result =
                        enrollment.enroll(
                            new IssuanceRequest(request.requester(), csr, profile, Purpose.ENROLL));
                    if (!(result instanceof EnrollmentResult.Issued)) {
                      throw new IllegalStateException("not issued: " + result);
                    }
                  });
      var after = database.stats();
      report.figure(
          "certificates issued, " + callers + (callers == 1 ? " caller" : " callers"),
          issued,
          "raw signatures",
          signatures);
      report.figure("    the same, beside what the disk flushes", issued, "raw flushes", flushes);
      report.say(
          String.format(
              Locale.ROOT,
              "      two changes each; %.1f changes shared one flush",
              (double) (after.changes() - before.changes()) / (after.groups() - before.groups())));
    }
  }

  private record Prepared(Requester requester, Der csr) {}

  private List<Prepared> prepare(
      int callers, Database database, EnrollmentSecrets secrets, CertificateProfile profile)
      throws Exception {
    int count = callers == 1 ? DEVICES / 5 : DEVICES;
    var owners = new ArrayList<Owner>();
    for (int i = 0; i < count; i++) {
      owners.add(new DeviceId("core-" + callers + "-" + i).owner());
    }
    var prepared = Collections.synchronizedList(new ArrayList<Prepared>());
    Load.perSecond(
        32,
        owners,
        () ->
            owner -> {
              database
                  .owners()
                  .register(
                      owner,
                      profile.name(),
                      clock.instant(),
                      new AuditEvent.OwnerRegistered(owner, profile.name(), "bench"));
              var secret = secrets.issue(owner, 1, Duration.ofHours(1), "bench").orElseThrow();
              var key = SoftwareKey.generate(KeyType.EC_P256);
              var csr =
                  Csr.sign(
                      DistinguishedName.ofCommonName(owner.id()),
                      key.publicKey(),
                      key.algorithm(),
                      key::sign);
              prepared.add(new Prepared(new Requester.BySecret(owner, 1, secret.id()), csr));
            });
    return List.copyOf(prepared);
  }

  /// An issuing CA that signed its own certificate: the bench checks no chain.
  private Authority authority(Database database, GeneratedKey key) throws Exception {
    var issuer = new Issuer(DistinguishedName.of("Bench", "Bench CA"), key.key().publicKey());
    var location = key.location();
    database
        .issuers()
        .addIssuer(
            issuer,
            "issuing",
            CrlScope.END_ENTITIES,
            location,
            new AuditEvent.IssuerAdded(
                issuer.id(),
                issuer.name().toString(),
                "issuing",
                location.token(),
                location.id(),
                "bench"));
    var profile = ProfileFiles.defaults().get("root-ca");
    var owner = new Owner(OwnerKind.ISSUER, "bench");
    database
        .owners()
        .register(
            owner,
            profile.name(),
            clock.instant(),
            new AuditEvent.OwnerRegistered(owner, profile.name(), "bench"));
    var unsigned = new Authority(issuer, Optional.empty(), key.key(), CrlScope.END_ENTITIES);
    var csr =
        Csr.parse(
            Csr.sign(issuer.name(), issuer.publicKey(), key.key().algorithm(), key.key()::sign)
                .toByteArray());
    var result =
        enrollment(database, unsigned)
            .enroll(
                new IssuanceRequest(
                    new Requester.Internal(owner, 1, "bench"), csr, profile, Purpose.ENROLL));
    if (!(result instanceof EnrollmentResult.Issued(Certificate own, _))) {
      throw new IllegalStateException("not issued: " + result);
    }
    return new Authority(issuer, Optional.of(own), key.key(), CrlScope.END_ENTITIES);
  }

  private Enrollment enrollment(Database database, Authority authority) {
    return new Enrollment(
        database.certificates(),
        database.audit(),
        new IssuancePolicy(),
        new CertificateTemplate(new StatusUrls(URI.create("http://127.0.0.1:8080"))),
        _ -> authority,
        clock,
        random,
        StopListener.NONE);
  }
}
