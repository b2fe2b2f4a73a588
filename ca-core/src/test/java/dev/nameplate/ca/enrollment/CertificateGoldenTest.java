package dev.nameplate.ca.enrollment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.TestHierarchy.Stores;
import dev.nameplate.ca.testing.TestProfiles;
import dev.nameplate.ca.testing.TestRequests;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.AltName;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.Pem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a certificate of each shipped profile looks like to OpenSSL: golden files, with fixed
/// clock, serial numbers and keys.
class CertificateGoldenTest {

  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @TempDir private Path directory;
  private final Map<String, Certificate> certificates = new TreeMap<>();

  @BeforeEach
  void issueOneOfEachProfile() throws Exception {
    var clock = new FakeClock();
    var store = new InMemoryStore(clock);
    var pki =
        TestHierarchy.withKeys(
            new Stores(store, store, store, store),
            clock,
            // serial numbers that are the same on every run
            new Random(20261123),
            key("root"),
            key("issuing"),
            key("ocsp"));
    certificates.put("root-ca", pki.root().certificate().orElseThrow());
    certificates.put("issuing-ca", pki.issuing().certificate().orElseThrow());
    certificates.put("ocsp-signer", pki.ocspSigner());

    // later than the authorities, so that their notBefore cuts nothing off
    clock.advance(Duration.ofDays(1));
    var pump = FakeDevice.named("pump-0017", key("device"));
    pki.register(pump);
    var request = pki.request(pump, pki.secretFor(pump, 1));
    certificates.put("device", TestHierarchy.certificate(pki.enrollment().enroll(request)));
    certificates.put(
        "tls-server",
        issued(
            pki,
            new Owner(OwnerKind.SERVICE, "tls"),
            TestProfiles.TLS_SERVER,
            TestRequests.withSubjectAltName(
                key("tls"),
                DistinguishedName.of("Acme", "est.example"),
                new GeneralNames(
                    new GeneralName[] {
                      new GeneralName(GeneralName.dNSName, "est.example"),
                      new GeneralName(GeneralName.iPAddress, "127.0.0.1")
                    }))));
    certificates.put(
        "admin",
        issued(
            pki,
            new Owner(OwnerKind.ADMIN, "first"),
            TestProfiles.ADMIN,
            FakeDevice.csr(key("admin"), DistinguishedName.ofCommonName("first"))));
    var gateway = FakeDevice.named("gateway-3", key("gateway"));
    pki.register(gateway.owner(), "gateway");
    var knows = pki.request(gateway, pki.secretFor(gateway, 1)).requester();
    certificates.put(
        "gateway",
        TestHierarchy.certificate(
            pki.enrollment()
                .enroll(
                    new IssuanceRequest(
                        knows,
                        TestRequests.withSubjectAltName(
                            gateway.key(),
                            DistinguishedName.ofCommonName("gateway-3"),
                            gatewayNames()),
                        TestProfiles.GATEWAY,
                        Purpose.ENROLL))));

    for (var each : certificates.entrySet()) {
      Files.writeString(directory.resolve(each.getKey() + ".pem"), Pem.encode(each.getValue()));
    }
  }

  static Stream<String> profiles() {
    return Stream.concat(TestProfiles.all().stream(), Stream.of(TestProfiles.GATEWAY))
        .map(CertificateProfile::name);
  }

  @ParameterizedTest
  @MethodSource("profiles")
  void opensslReadsItAsMeant(String profile) throws Exception {
    var text =
        openssl("x509", "-in", profile + ".pem", "-noout", "-text", "-certopt", "no_sigdump");
    var golden = GOLDEN.resolve(profile + ".txt");
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(golden, text);
    }

    assertThat(text)
        .as("%s differs from the golden file; if that is meant: ./build fix", golden)
        .isEqualTo(Files.readString(golden, UTF_8));
  }

  @ParameterizedTest
  @MethodSource("profiles")
  void opensslAcceptsItsChainByTheStrictRules(String profile) {
    var purpose =
        switch (profile) {
          case "device", "gateway", "admin" -> "sslclient";
          case "tls-server" -> "sslserver";
          case "ocsp-signer" -> "ocsphelper";
          default -> "any";
        };

    assertThat(verified(profile, purpose)).isEqualTo(profile + ".pem: OK\n");
  }

  @Test
  void aDeviceIsNoServerAndAServerNoClient() {
    assertThat(verified("device", "sslserver")).contains("unsuitable certificate purpose");
    assertThat(verified("tls-server", "sslclient")).contains("unsuitable certificate purpose");
  }

  @Test
  void anEndEntityCannotStandInForAnAuthority() {
    assertThat(verified("device", "crlsign")).contains("unsuitable certificate purpose");
  }

  private String verified(String profile, String purpose) {
    // the clock of the machine is not ours: look from a moment after everything began
    var when = Long.toString(FakeClock.START.plus(Duration.ofDays(2)).getEpochSecond());
    return Tool.OPENSSL
        .run(
            directory,
            "verify",
            "-x509_strict",
            "-attime",
            when,
            "-purpose",
            purpose,
            "-CAfile",
            "root-ca.pem",
            "-untrusted",
            "issuing-ca.pem",
            profile + ".pem")
        .output();
  }

  private String openssl(String... arguments) {
    var result = Tool.OPENSSL.run(directory, arguments);
    assertThat(result.exit()).as(result.output()).isZero();
    return result.output();
  }

  private static Certificate issued(
      TestHierarchy pki, Owner owner, CertificateProfile profile, Csr csr) {
    pki.register(owner, profile.name());
    return TestHierarchy.certificate(
        pki.enrollment()
            .enroll(
                new IssuanceRequest(
                    new Requester.Internal(owner, 1, "init"), csr, profile, Purpose.ENROLL)));
  }

  private static GeneralNames gatewayNames() {
    var module =
        new DERSequence(
            new ASN1Encodable[] {
              new ASN1ObjectIdentifier("1.3.6.1.4.1.99999.1"),
              new DEROctetString("GW-0003".getBytes(UTF_8))
            });
    var hardwareModuleName =
        new DERSequence(
            new ASN1Encodable[] {
              new ASN1ObjectIdentifier(AltName.HARDWARE_MODULE),
              new DERTaggedObject(true, 0, module)
            });
    return new GeneralNames(
        new GeneralName[] {
          new GeneralName(GeneralName.dNSName, "gateway-3.devices.example"),
          new GeneralName(GeneralName.iPAddress, "10.20.30.40"),
          new GeneralName(GeneralName.iPAddress, "2001:db8::40"),
          new GeneralName(GeneralName.uniformResourceIdentifier, "urn:device:gateway-3"),
          new GeneralName(GeneralName.otherName, hardwareModuleName)
        });
  }

  private static SoftwareSigningKey key(String name) throws Exception {
    var key = SoftwareKey.fromPem(resource("/keys/TEST-ONLY-" + name + ".pem"));
    return SoftwareSigningKey.of(new KeyPair(key.publicKey().toPublicKey(), key.privateKey()));
  }

  private static String resource(String name) throws IOException {
    try (InputStream stream = CertificateGoldenTest.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(stream, name).readAllBytes(), UTF_8);
    }
  }
}
