package dev.nameplate.ca.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.enrollment.CertificateTemplate;
import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.enrollment.StopListener;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.job.CrlJob;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.policy.IssuancePolicy;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// CRLs in parts (RFC 5280 section 5.2.5): each certificate names one of them, and together they
/// say what the complete one says.
@Tag("C04")
class CrlShardsTest {

  private static final int DEVICES = 24;

  private final FakeClock clock = new FakeClock();
  private final Random random = new Random(7);
  private final InMemoryStore store = new InMemoryStore(clock);
  private final TestHierarchy pki =
      TestHierarchy.over(
          new TestHierarchy.Stores(store, store, store, store), clock, new Random(1));
  private final Revocation revocation = new Revocation(store, clock);
  private CrlPublication publication = publication(TestHierarchy.URLS);

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  @Tag("C05")
  void allShardsTogetherAreTheCompleteListWhateverTheirNumberWas(long seed) throws Exception {
    var chance = new Random(seed);
    var all = new ArrayList<Certificate>();
    for (int shards : new int[] {1, 3, 8}) {
      for (int i = 0; i < DEVICES / 3; i++) {
        all.add(enrolled("pump-" + shards + "-" + i, shards));
      }
      all.stream().filter(_ -> chance.nextInt(3) == 0).forEach(this::revoke);
      clock.advance(Duration.ofMinutes(1));
      publish(shards);
    }

    var complete = new TreeSet<>(serials(CrlScope.END_ENTITIES));
    var listedOn = new HashMap<SerialNumber, URI>();
    for (int shard = 0; shard < 8; shard++) {
      var crl = crl(CrlScope.shard(shard));
      var point = crl.distributionPoint().orElseThrow();
      assertThat(point.names()).hasSize(1);
      crl.serials()
          .forEachRemaining(
              serial -> assertThat(listedOn.put(serial, point.names().getFirst())).isNull());
    }
    assertThat(crl(CrlScope.END_ENTITIES).distributionPoint()).isEmpty();
    assertThat(complete).containsAll(listedOn.keySet());
    var complement = TestHierarchy.URLS.crl(pki.issuing().id(), CrlScope.END_ENTITIES);
    for (var certificate : all) {
      boolean revoked =
          store.status(pki.issuing().id(), certificate.serial())
              instanceof CertificateStatus.Revoked;
      assertThat(complete.contains(certificate.serial())).isEqualTo(revoked);
      var point = distributionPoint(certificate);
      if (!point.equals(complement)) {
        assertThat(Optional.ofNullable(listedOn.get(certificate.serial())))
            .isEqualTo(Optional.of(point).filter(_ -> revoked));
      }
    }
  }

  @Test
  void aCertificateKeepsItsShardWhenThereAreMoreOfThem() throws Exception {
    var before = enrolled("pump-1", 2);
    var point = distributionPoint(before);
    revoke(before);

    publish(16);

    var scope = store.find(pki.issuing().id(), before.serial()).orElseThrow().scope();
    assertThat(TestHierarchy.URLS.crl(pki.issuing().id(), scope)).isEqualTo(point);
    assertThat(serials(scope)).containsExactly(before.serial());
    for (int shard = 0; shard < 16; shard++) {
      assertThat(store.latestCrl(pki.issuing().id(), CrlScope.shard(shard))).isPresent();
    }
  }

  @Test
  void aShardThatIsNotUsedAnyMoreIsPublishedForThoseWhoNameIt() throws Exception {
    var sharded = enrolled("pump-1", 2);
    publish(2);
    revoke(sharded);
    clock.advance(Duration.ofMinutes(1));

    publish(1);

    var scope = store.find(pki.issuing().id(), sharded.serial()).orElseThrow().scope();
    assertThat(scope.isShard()).isTrue();
    assertThat(serials(scope)).containsExactly(sharded.serial());
    assertThat(serials(CrlScope.END_ENTITIES)).containsExactly(sharded.serial());
  }

  @Test
  void whenThePublicUrlChangesTheOldNamesStayInTheShards() throws Exception {
    publish(2);
    publication = publication(new StatusUrls(URI.create("http://new.example")));
    clock.advance(Duration.ofHours(1));

    publish(2);

    var names = crl(CrlScope.shard(1)).distributionPoint().orElseThrow().names();
    assertThat(names).extracting(URI::getHost).containsExactly("new.example", "status.example");
  }

  @Test
  void allShardsAreMadeAnewEachPeriodAlsoTheEmptyOnes() {
    publish(2);
    assertThat(publication.due(sharded(2))).isEmpty();
    clock.advance(Duration.ofHours(1));

    assertThat(publication.due(sharded(2)))
        .containsExactly(CrlScope.shard(0), CrlScope.shard(1), CrlScope.END_ENTITIES);
  }

  @Test
  void opensslFindsARevokedCertificateOnItsShardAndAGoodOneNot() throws Exception {
    var good = enrolled("pump-1", 2);
    var revoked = enrolled("pump-2", 2);
    revoke(revoked);
    publish(2);
    var path = pki.root().certificate().orElseThrow();
    Files.writeString(directory.resolve("root.pem"), Pem.encode(path));
    Files.writeString(
        directory.resolve("issuing.pem"), Pem.encode(pki.issuing().certificate().orElseThrow()));

    assertThat(verify(good).output()).contains("OK");
    assertThat(verify(revoked).output()).contains("certificate revoked");
  }

  private Tool.Result verify(Certificate certificate) throws Exception {
    var scope = store.find(pki.issuing().id(), certificate.serial()).orElseThrow().scope();
    Files.writeString(directory.resolve("device.pem"), Pem.encode(certificate));
    Files.writeString(
        directory.resolve("shard.pem"), Pem.encode("X509 CRL", crl(scope).der().toByteArray()));
    return Tool.OPENSSL.run(
        directory,
        "verify",
        "-crl_check",
        "-extended_crl",
        "-attime",
        Long.toString(clock.instant().getEpochSecond()),
        "-CAfile",
        "root.pem",
        "-untrusted",
        "issuing.pem",
        "-CRLfile",
        "shard.pem",
        "device.pem");
  }

  private void publish(int shards) {
    new CrlJob(publication, () -> List.of(sharded(shards))).run(clock.instant());
  }

  private CrlPublication publication(StatusUrls urls) {
    return new CrlPublication(store, store, clock, CrlSchedule.DEFAULT, urls, CrlListener.NONE);
  }

  private Authority sharded(int shards) {
    var issuing = pki.issuing();
    return new Authority(
        issuing.issuer(), issuing.certificate(), issuing.key(), issuing.scope(), shards);
  }

  private Certificate enrolled(String name, int shards) {
    var device = FakeDevice.named(name);
    pki.register(device);
    var enrollment =
        new Enrollment(
            store,
            store,
            new IssuancePolicy(),
            new CertificateTemplate(TestHierarchy.URLS),
            _ -> sharded(shards),
            clock,
            random,
            StopListener.NONE);
    return TestHierarchy.certificate(
        enrollment.enroll(pki.request(device, pki.secretFor(device, 1))));
  }

  private void revoke(Certificate certificate) {
    revocation.revoke(
        pki.issuing().id(),
        certificate.serial(),
        RevocationReason.SUPERSEDED,
        Optional.empty(),
        "test");
  }

  private List<SerialNumber> serials(CrlScope scope) throws Exception {
    var serials = new ArrayList<SerialNumber>();
    crl(scope).serials().forEachRemaining(serials::add);
    return serials;
  }

  private Crl crl(CrlScope scope) throws Exception {
    return Crl.parse(store.latestCrl(pki.issuing().id(), scope).orElseThrow().der());
  }

  private static URI distributionPoint(Certificate certificate) throws Exception {
    var points =
        CRLDistPoint.fromExtensions(
            new X509CertificateHolder(certificate.der().toByteArray()).getExtensions());
    var names =
        GeneralNames.getInstance(
            points.getDistributionPoints()[0].getDistributionPoint().getName());
    return URI.create(names.getNames()[0].getName().toString());
  }
}
