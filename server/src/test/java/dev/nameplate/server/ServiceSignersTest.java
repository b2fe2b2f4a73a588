package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.ServiceSignerRecord;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.CertificatePath;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.server.setup.Initialization;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The keys that sign checkpoints and receipts.
class ServiceSignersTest {

  @Test
  void initMakesOneForEachPurposeAndOpensslSeesWhatItIsFor() throws Exception {
    var dir = RunningServer.freshFolder();
    var made = Initialization.run(InitOptions.onFreePorts(dir, "Acme"), _ -> {});

    try (var core = Nameplate.core(SettingsFile.read(dir))) {
      core.authorities().refresh();
      var signers = signers(core);
      assertThat(signers)
          .extracting(ServiceSignerRecord::purpose)
          .containsExactly(SignerPurpose.AUDIT, SignerPurpose.RECEIPT);
      var live = ServiceSigners.first(core, ProfileFiles.load(dir.resolve("profiles")), "main");
      assertThat(live.run(core.clock().instant())).isEqualTo("every document signer is good");

      var audit = live.signer(SignerPurpose.AUDIT);
      assertThat(audit.chain()).hasSize(3);
      assertThat(audit.certificate().subject().toString()).isEqualTo("cn=audit signer main,o=Acme");
      var data = "signed".getBytes(StandardCharsets.UTF_8);
      var signature = audit.key().sign(data);
      assertThat(audit.certificate().publicKey().verifies(audit.key().algorithm(), data, signature))
          .isTrue();
      var trust = Pem.decodeCertificates(Files.readString(made.trust())).getFirst();
      assertThat(
              CertificatePath.validateSigner(
                  audit.chain(),
                  List.of(trust),
                  core.clock().instant(),
                  SignerPurpose.AUDIT.title()))
          .isInstanceOf(CertificatePath.Result.Trusted.class);

      Files.writeString(dir.resolve("signer.pem"), Pem.encode(audit.certificate()));
      var text =
          Tool.OPENSSL
              .run(dir, "x509", "-in", "signer.pem", "-noout", "-ext", "extendedKeyUsage,keyUsage")
              .ok()
              .out();
      assertThat(text).contains("1.3.6.1.5.5.7.3.36").contains("Digital Signature");
      Tool.OPENSSL
          .run(dir, "verify", "-x509_strict", "-CAfile", made.trust().toString(), "signer.pem")
          .ok();
    }
  }

  @Test
  void anOlderFolderGetsThemAtTheStart() throws Exception {
    var dir = RunningServer.freshFolder();
    var made = Initialization.run(InitOptions.onFreePorts(dir, "Acme"), _ -> {});
    try (var connection =
            DriverManager.getConnection(
                "jdbc:h2:file:" + dir.resolve("data/nameplate"), "nameplate", "");
        var statement = connection.createStatement()) {
      statement.execute("DELETE FROM service_signer");
    }

    RunningServer.in(dir, made).close();

    try (var core = Nameplate.core(SettingsFile.read(dir))) {
      assertThat(signers(core)).hasSize(2);
    }
  }

  @Test
  void theNextOneHasANewKeyAndWhatTheFirstSignedStaysGood() throws Exception {
    var server = RunningServer.start();
    var clock = new FakeClock(InstantSource.system().instant().plus(Duration.ofDays(250)));
    server.restarted(clock).close();

    try (var core = Nameplate.core(SettingsFile.read(server.dir))) {
      var signers = signers(core);
      assertThat(signers).hasSize(4);
      var first = signers.getFirst();
      var next = signers.get(2);
      assertThat(next.purpose()).isEqualTo(SignerPurpose.AUDIT);
      assertThat(next.key()).isNotEqualTo(first.key());
      core.authorities().refresh();
      var issuing = core.authorities().issuerOf(first.certificate()).orElseThrow().id();
      assertThat(status(core, issuing, first)).isInstanceOf(CertificateStatus.Good.class);
      assertThat(status(core, issuing, next)).isInstanceOf(CertificateStatus.Good.class);
    }
  }

  private static CertificateStatus status(Core core, IssuerId issuer, ServiceSignerRecord signer) {
    return core.database().certificates().status(issuer, signer.certificate().serial());
  }

  private static List<ServiceSignerRecord> signers(Core core) {
    return core.database().serviceSigners().serviceSigners();
  }
}
