package dev.nameplate.ca.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two key generations of one authority, with one name.
@Tag("C12")
class CrlRolloverTest {

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final TestAuthority old = TestAuthority.root("Same CA", KeyType.EC_P256, clock.instant());
  private final TestAuthority young =
      TestAuthority.root("Same CA", KeyType.EC_P256, clock.instant());
  private final CrlPublication publication =
      new CrlPublication(
          store, store, clock, CrlSchedule.DEFAULT, TestHierarchy.URLS, CrlListener.NONE);

  @TempDir private Path directory;

  @Test
  void eachKeyGenerationHasItsOwnListAtItsOwnUrl() throws Exception {
    var ofTheOld = published(old);
    var ofTheYoung = published(young);

    assertThat(ofTheOld.issuer()).isEqualTo(ofTheYoung.issuer());
    assertThat(ofTheOld.authorityKeyIdentifier())
        .isEqualTo(old.certificate().subjectKeyIdentifier());
    assertThat(ofTheYoung.authorityKeyIdentifier())
        .isEqualTo(young.certificate().subjectKeyIdentifier())
        .isNotEqualTo(ofTheOld.authorityKeyIdentifier());
    assertThat(StatusUrls.crlPath(old.id(), CrlScope.END_ENTITIES))
        .isNotEqualTo(StatusUrls.crlPath(young.id(), CrlScope.END_ENTITIES));
    assertThat(ofTheOld.number()).isEqualTo(clock.instant().getEpochSecond());
    assertThat(ofTheYoung.number()).isEqualTo(clock.instant().getEpochSecond());
  }

  @Test
  void opensslTakesEachListForItsOwnKeyOnly() throws Exception {
    for (var each : new TestAuthority[] {old, young}) {
      Files.writeString(
          directory.resolve("crl.pem"),
          Pem.encode("X509 CRL", published(each).der().toByteArray()));
      Files.writeString(directory.resolve("ca.pem"), Pem.encode(each.certificate()));
      var other = each.equals(old) ? young : old;
      Files.writeString(directory.resolve("other.pem"), Pem.encode(other.certificate()));

      assertThat(verify("ca.pem")).contains("verify OK");
      assertThat(verify("other.pem")).doesNotContain("verify OK");
    }
  }

  @Test
  void certtoolReadsTheListAsItWasMeant() throws Exception {
    Files.write(directory.resolve("crl.der"), published(old).der().toByteArray());

    var shown =
        new Tool("certtool", "gnutls-bin")
            .run(directory, "--crl-info", "--inder", "--infile", "crl.der")
            .ok()
            .output();

    var keyId = HexFormat.of().parseHex(old.certificate().subjectKeyIdentifier().orElseThrow());
    assertThat(shown)
        .contains("Version: 2", "CRL Number", HexFormat.of().formatHex(keyId))
        .contains("No revoked certificates");
  }

  private Crl published(TestAuthority authority) throws Exception {
    var scoped = authority.authority(CrlScope.END_ENTITIES);
    publication.publishIfDue(scoped);
    return Crl.parse(store.latestCrl(authority.id(), CrlScope.END_ENTITIES).orElseThrow().der());
  }

  private String verify(String authority) {
    return Tool.OPENSSL
        .run(directory, "crl", "-in", "crl.pem", "-CAfile", authority, "-verify", "-noout")
        .output();
  }
}
