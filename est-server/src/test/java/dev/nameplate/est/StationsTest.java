package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.enrollment.Stop;
import dev.nameplate.ca.enrollment.StopListener;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Stations: registration authorities (RFC 7030 section 3.7) that enroll devices.
@Tag("S11")
final class StationsTest {

  private final EstFixture est = EstFixture.start();

  @AfterEach
  void stop() {
    est.close();
  }

  @Test
  void aStationEnrollsARegisteredDeviceAndTheAuditSaysBoth() throws Exception {
    est.register("px", TestProfiles.MADE);
    var line = est.station("line-1", TestProfiles.STATION, Set.of("made"));
    try (var client = EstClient.of(est, line)) {
      var issued = enroll(client, "made", "px").certificate();

      assertThat(issued.subject().commonName()).contains("px");
      assertThat(est.store.findByFingerprint(issued.sha256()).orElseThrow().owner())
          .isEqualTo(new DeviceId("px").owner());
      assertThat(est.audited(AuditEvent.Issuing.class).getLast())
          .contains("device:px", "station:" + line.certificate().sha256());
    }
  }

  @Test
  void aLostAnswerToAStationIsGivenAgain() throws Exception {
    var line = est.station("line-1", TestProfiles.STATION, Set.of("found"));
    var key = SoftwareKey.generate(KeyType.EC_P256);
    try (var client = EstClient.of(est, line)) {
      var body = Requests.oneLine(Requests.of("px", key));
      var lost = client.post("found/simpleenroll", body);
      var again = client.post("found/simpleenroll", body);

      assertThat(lost.status()).isEqualTo(200);
      assertThat(again.text()).isEqualTo(lost.text());
      assertThat(est.audited(AuditEvent.OwnerRegistered.class).getLast())
          .contains("device:px", "station:line-1");
    }
  }

  @Test
  void aStationEnrollsOnlyForItsLabelsAndOnlyWhomTheyKnow() throws Exception {
    est.register("px", TestProfiles.MADE);
    var line = est.station("line-1", TestProfiles.STATION, Set.of("made", "device"));
    try (var client = EstClient.of(est, line)) {
      assertThat(enroll(client, "made", "nobody").text())
          .contains("device:nobody is not registered");
      assertThat(enroll(client, "found", "px").text())
          .isEqualTo("Refused: station:line-1 does not enroll devices for found.\n");
      // assigned, but the label's own rules come first
      assertThat(enroll(client, "device", "px").text())
          .isEqualTo("Refused: device lets no station in.\n");
      assertThat(enroll(client, "made", "p x").text())
          .contains("does not have exactly one common name that is a device id");
      assertThat(est.audited(AuditEvent.Issued.class)).hasSize(4);
    }
  }

  @Test
  void aStationRenewsItselfAndNobodyElse() throws Exception {
    var device = est.enrolled("px");
    var line = est.station("line-1", TestProfiles.STATION, Set.of("made", "device"));
    try (var client = EstClient.of(est, line)) {
      var forDevice = client.post("made/simplereenroll", Requests.oneLine(device.csr()));
      assertThat(forDevice.status()).isEqualTo(403);
      assertThat(forDevice.text()).isEqualTo("Refused: profile made is not for a station.\n");

      var own = client.post("station/simplereenroll", Requests.oneLine(line.csr()));
      assertThat(own.status()).as(own.text()).isEqualTo(200);
      assertThat(own.certificate().subject().commonName()).contains("line-1");
    }
  }

  @Test
  void itsCertificateMustSayThatItIsAStation() throws Exception {
    est.register("px", TestProfiles.MADE);
    var bench = est.station("bench-1", TestProfiles.BENCH, Set.of("made"));
    try (var client = EstClient.of(est, bench)) {
      var answer = enroll(client, "made", "px");

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).contains("id-kp-cmcRA");
    }
  }

  @Test
  void aDeviceIsNoStation() throws Exception {
    est.register("px", TestProfiles.MADE);
    var device = est.enrolled("pz");
    try (var client = EstClient.of(est, device)) {
      var answer = enroll(client, "made", "px");

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).contains("device:pz is registered for device, not for made");
    }
  }

  @Test
  void aDeviceAndAStationOfOneNameAreTwo() throws Exception {
    var deviceSecret = est.register("twin");
    est.station("twin", TestProfiles.STATION, Set.of("made"));
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var basic = "Authorization: " + EstFixture.basic("twin", deviceSecret.text());
    try (var client = EstClient.anonymous(est)) {
      var body = Requests.oneLine(Requests.of("twin", key));
      assertThat(client.post("station/simpleenroll", body, basic).status()).isEqualTo(401);
      assertThat(client.post("device/simpleenroll", body, basic).status()).isEqualTo(200);
    }
  }

  @Test
  @Tag("S12")
  void aRetiredOrRevokedStationIsRefusedAtOnceAlsoOnAKeptConnection() throws Exception {
    var first = est.station("line-1", TestProfiles.STATION, Set.of("found"));
    var second = est.station("line-2", TestProfiles.STATION, Set.of("found"));
    try (var one = EstClient.of(est, first);
        var two = EstClient.of(est, second)) {
      assertThat(enroll(one, "found", "p1").status()).isEqualTo(200);
      assertThat(enroll(two, "found", "p2").status()).isEqualTo(200);

      est.retire(new Owner(OwnerKind.STATION, "line-1"));
      est.revoke(second.certificate(), RevocationReason.KEY_COMPROMISE);

      assertThat(enroll(one, "found", "p3").status()).isEqualTo(403);
      assertThat(enroll(two, "found", "p4").status()).isEqualTo(403);
    }
  }

  @Test
  @Tag("S12")
  void whatIsUnderWayIsNotIssuedWhenItsStationIsRetiredAtAnyStop() throws Exception {
    for (var stop : Stop.values()) {
      if (stop == Stop.COMPLETED) {
        continue;
      }
      var name = "line-" + stop.name().toLowerCase(Locale.ROOT);
      var line = est.station(name, TestProfiles.STATION, Set.of("found"));
      est.stops =
          (reached, _) -> {
            if (reached == stop) {
              est.retire(new Owner(OwnerKind.STATION, name));
            }
          };
      try (var client = EstClient.of(est, line)) {
        var answer = enroll(client, "found", "under-way-" + stop.name());

        assertThat(answer.status()).as(stop + answer.text()).isEqualTo(403);
      }
      est.stops = StopListener.NONE;
    }
    assertThat(est.audited(AuditEvent.Issued.class)).noneMatch(row -> row.contains("under-way"));
  }

  private static EstClient.Answer enroll(EstClient client, String label, String device)
      throws Exception {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    return client.post(label + "/simpleenroll", Requests.oneLine(Requests.of(device, key)));
  }
}
