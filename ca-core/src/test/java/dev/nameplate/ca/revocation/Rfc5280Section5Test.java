package dev.nameplate.ca.revocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.MalformedCrlException;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// RFC 5280 section 5: CRL and CRL extensions profile.
@Tag("C01")
class Rfc5280Section5Test {

  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final Instant TOMORROW = Instant.parse("2026-11-24T12:00:00Z");

  private final TestAuthority ca = TestAuthority.root("Test CA", KeyType.EC_P256, NOW);
  private final Authority authority = ca.authority(CrlScope.END_ENTITIES);

  @TempDir private Path directory;

  @Test
  void section511TheListIsSignedByItsIssuer() throws Exception {
    var crl = builder().add(entry(7, RevocationReason.SUPERSEDED)).sign();

    assertThat(crl.issuer()).isEqualTo(ca.issuer().name());
    assertThat(crl.isSignedBy(ca.issuer().publicKey())).isTrue();
    assertThat(crl.isSignedBy(TestAuthority.root("x", KeyType.EC_P256, NOW).key().publicKey()))
        .isFalse();
  }

  @Test
  void section5124TimesAreUtcTimeThrough2049AndGeneralizedTimeFromThenOn() {
    var last =
        new CrlBuilder(authority, 1, NOW, Instant.parse("2049-12-31T23:59:59Z")).sign().der();
    var first =
        new CrlBuilder(authority, 1, NOW, Instant.parse("2050-01-01T00:00:00Z")).sign().der();

    assertThat(text(last)).contains("491231235959Z").doesNotContain("20491231235959Z");
    assertThat(text(first)).contains("20500101000000Z");
  }

  @Test
  void section5126AListWithoutEntriesHasNoRevokedCertificates() throws Exception {
    var x509 = read(builder().sign().der());

    assertThat(x509.getVersion()).isEqualTo(2);
    assertThat(x509.getRevokedCertificates()).isNull();
  }

  @Test
  void section521TheAuthorityKeyIdentifierIsTheIssuersSubjectKeyIdentifier() throws Exception {
    var crl = builder().sign();

    assertThat(crl.authorityKeyIdentifier()).isPresent();
    assertThat(crl.authorityKeyIdentifier()).isEqualTo(ca.certificate().subjectKeyIdentifier());
  }

  @Test
  void section521AnIssuerWithoutCertificatePublishesNoList() {
    var unfinished = new Authority(ca.issuer(), Optional.empty(), ca.key(), CrlScope.AUTHORITIES);

    assertThatThrownBy(() -> new CrlBuilder(unfinished, 1, NOW, TOMORROW))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("subject key identifier");
  }

  @Test
  void section523TheNumberIsTheOneThatWasGiven() throws Exception {
    var crl = new CrlBuilder(authority, 4711, NOW, TOMORROW).sign();

    assertThat(crl.number()).isEqualTo(4711);
  }

  @ParameterizedTest
  @EnumSource(RevocationReason.class)
  @Tag("C02")
  void section531AReasonIsGivenUnlessItIsUnspecified(RevocationReason reason) throws Exception {
    var x509 = read(builder().add(entry(7, reason)).sign().der());

    var entry = x509.getRevokedCertificate(BigInteger.valueOf(7));
    assertThat(entry.hasExtensions()).isEqualTo(reason != RevocationReason.UNSPECIFIED);
    if (reason != RevocationReason.UNSPECIFIED) {
      assertThat(entry.getExtensionValue("2.5.29.21")).containsExactly(4, 3, 10, 1, reason.code());
    }
  }

  @Test
  void section532TheInvalidityDateIsGeneralizedTime() throws Exception {
    var since = Instant.parse("2026-10-01T08:09:10Z");
    var revocation = new RevocationRecord(NOW, RevocationReason.KEY_COMPROMISE, Optional.of(since));
    var crl = builder().add(new RevokedEntry(serial(7), revocation)).sign().der();

    assertThat(text(crl)).contains("20261001080910Z");
    assertThat(read(crl).getRevokedCertificate(BigInteger.valueOf(7)).getCriticalExtensionOIDs())
        .isEmpty();
  }

  @Test
  void entriesComeInOrderAndEachOnce() {
    var builder = builder().add(entry(7, RevocationReason.SUPERSEDED));

    assertThatThrownBy(() -> builder.add(entry(7, RevocationReason.SUPERSEDED)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> builder.add(entry(6, RevocationReason.SUPERSEDED)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aListOfManyEntriesIsReadByOthersAsItWasMeant() throws Exception {
    var builder = builder();
    for (int serial = 1; serial <= 20_000; serial++) {
      builder.add(entry(serial, RevocationReason.CESSATION_OF_OPERATION));
    }

    var x509 = read(builder.sign().der());

    assertThat(x509.getRevokedCertificates()).hasSize(20_000);
    assertThat(x509.getRevokedCertificate(BigInteger.valueOf(20_001))).isNull();
  }

  @Test
  void aLyingTokenGetsNoListOut() {
    ca.key().lie();

    assertThatThrownBy(() -> builder().sign()).isInstanceOf(SigningException.class);
  }

  @ParameterizedTest
  @EnumSource(
      value = KeyType.class,
      // OpenSSL 3.0 knows no ML-DSA, and no CA of ours signs with it
      names = {"ML_DSA_44", "ML_DSA_65", "ML_DSA_87"},
      mode = EnumSource.Mode.EXCLUDE)
  void opensslVerifiesTheListOfEveryKindOfKey(KeyType type) throws Exception {
    var issuer = TestAuthority.root("Test CA", type, NOW);
    var crl =
        new CrlBuilder(issuer.authority(CrlScope.END_ENTITIES), 3, NOW, TOMORROW)
            .add(entry(7, RevocationReason.SUPERSEDED))
            .sign()
            .der();
    Files.write(directory.resolve("ca.der"), issuer.certificate().der().toByteArray());
    Files.write(directory.resolve("crl.der"), crl.toByteArray());
    Tool.OPENSSL.run(directory, "x509", "-inform", "DER", "-in", "ca.der", "-out", "ca.pem");

    var shown =
        Tool.OPENSSL.run(
            directory, "crl", "-inform", "DER", "-in", "crl.der", "-CAfile", "ca.pem", "-verify",
            "-noout", "-text");

    assertThat(shown.exit()).isZero();
    assertThat(shown.output())
        .contains("verify OK", "Version 2", "Serial Number: 07", "Superseded", "CRL Number");
  }

  @Test
  void bytesThatAreNoListAreRefused() {
    assertThatThrownBy(() -> Crl.parse(new byte[0])).isInstanceOf(MalformedCrlException.class);
    assertThatThrownBy(() -> Crl.parse(ca.certificate().der().toByteArray()))
        .isInstanceOf(MalformedCrlException.class);
    var sound = builder().sign().der().toByteArray();
    var longer = Arrays.copyOf(sound, sound.length + 1);
    assertThatThrownBy(() -> Crl.parse(longer)).isInstanceOf(MalformedCrlException.class);
  }

  private CrlBuilder builder() {
    return new CrlBuilder(authority, 1, NOW, TOMORROW);
  }

  private static RevokedEntry entry(long serial, RevocationReason reason) {
    return new RevokedEntry(serial(serial), new RevocationRecord(NOW, reason, Optional.empty()));
  }

  private static SerialNumber serial(long value) {
    return new SerialNumber(BigInteger.valueOf(value));
  }

  private static X509CRL read(Der crl) throws Exception {
    return (X509CRL)
        CertificateFactory.getInstance("X.509")
            .generateCRL(new ByteArrayInputStream(crl.toByteArray()));
  }

  private static String text(Der crl) {
    return new String(crl.toByteArray(), StandardCharsets.ISO_8859_1);
  }
}
