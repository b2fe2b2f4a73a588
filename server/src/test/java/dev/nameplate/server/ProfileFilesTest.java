package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.profile.CertificateProfile.ExtendedKeyUsage;
import dev.nameplate.ca.profile.CertificateProfile.StatusUrl;
import dev.nameplate.ca.testing.ProfileLike;
import dev.nameplate.ca.testing.TestProfiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileFilesTest {

  @TempDir Path dir;

  @Test
  void theShippedProfilesAreWhatTheyAreCalled() {
    var shipped = ProfileFiles.defaults();

    assertThat(shipped.all())
        .extracting(profile -> profile.name())
        .containsExactly(
            "root-ca",
            "issuing-ca",
            "ocsp-signer",
            "tls-server",
            "admin",
            "device",
            "station",
            "node");
    var device = shipped.get("device");
    assertThat(device.owners()).containsExactly(OwnerKind.DEVICE);
    assertThat(device.validity()).isEqualTo(Duration.ofDays(90));
    assertThat(device.extendedKeyUsage()).containsExactly(ExtendedKeyUsage.CLIENT_AUTH);
    assertThat(shipped.get("ocsp-signer").ocspNoCheck()).isTrue();
    assertThat(shipped.get("root-ca").statusUrls()).isEmpty();
    assertThat(shipped.get("issuing-ca").statusUrls())
        .containsExactlyInAnyOrder(StatusUrl.CRL, StatusUrl.CA_ISSUERS);
    var station = shipped.get("station");
    assertThat(station.owners()).containsExactly(OwnerKind.STATION);
    assertThat(station.extendedKeyUsage())
        .containsExactly(ExtendedKeyUsage.CLIENT_AUTH, ExtendedKeyUsage.CMC_RA);
    assertThat(shipped.est())
        .containsExactly(shipped.get("admin"), device, station, shipped.get("node"));
  }

  @Test
  void theShippedFilesSayWhatTheTestsOfTheCoreTakeThemToSay() {
    // the core has an administrator from before they enrolled over EST
    var admin = ProfileLike.of(TestProfiles.DEVICE).named("admin").owner(OwnerKind.ADMIN).profile();
    for (var each : TestProfiles.all()) {
      var wanted = each.equals(TestProfiles.ADMIN) ? admin : each;
      assertThat(ProfileFiles.defaults().get(wanted.name()))
          .usingRecursiveComparison()
          .ignoringFields("version")
          .isEqualTo(wanted);
    }
  }

  @Test
  void theVersionIsTheHashOfTheText() throws Exception {
    var text =
        ProfileFiles.defaults().sources().stream()
            .filter(source -> source.profile().name().equals("device"))
            .findFirst()
            .orElseThrow()
            .text();
    for (var source : ProfileFiles.defaults().sources()) {
      Files.writeString(dir.resolve(source.profile().name() + ".yaml"), source.text());
    }
    var before = ProfileFiles.load(dir).get("device");
    Files.writeString(dir.resolve("device.yaml"), text.replace("90d", "30d"));
    var after = ProfileFiles.load(dir).get("device");

    assertThat(before).isEqualTo(ProfileFiles.defaults().get("device"));
    assertThat(after.version()).matches("[0-9a-f]{64}").isNotEqualTo(before.version());
  }

  @Test
  void aFolderWithoutTheServersOwnProfilesIsRefused() {
    assertThatThrownBy(() -> ProfileFiles.load(dir))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("missing profile ocsp-signer.yaml")
        .hasMessageContaining("missing profile tls-server.yaml");
  }
}
