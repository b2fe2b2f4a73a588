package dev.nameplate.ca.x509;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.CsrAttributes.Element;
import dev.nameplate.ca.x509.CsrTemplate.NamePart;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 7030 section 4.5.2, RFC 8951 section 4 and RFC 9908, with the RFCs' own bytes.
class CsrAttributesTest {

  private static final Element PASSWORD = new Element.Oid(CsrAttributes.CHALLENGE_PASSWORD);
  private static final Element P384 = ExpectedKey.of(KeyType.EC_P384).element();
  private static final Element ECDSA_WITH_SHA384 = new Element.Oid("1.2.840.10045.4.3.3");
  private static final Element SERIAL_NUMBER = new Element.Oid("2.5.4.5");
  private static final String SUBJECT_ALT_NAME = "2.5.29.17";

  @TempDir Path folder;

  @Test
  @Tag("R2")
  void theExampleOfRfc8951IsMadeByteByByte() throws Exception {
    var attributes =
        new CsrAttributes(
            List.of(
                PASSWORD,
                P384,
                // not what RFC 9908 says an extensionRequest has to be, but what the example has
                new Element.Other(
                    "1.2.840.113549.1.9.14", List.of(der("06 07 2b 06 01 01 01 01 16"))),
                ECDSA_WITH_SHA384));

    assertThat(Base64.getEncoder().encodeToString(attributes.der().toByteArray()))
        .isEqualTo(
            "MEEGCSqGSIb3DQEJBzASBgcqhkjOPQIBMQcGBSuBBAAiMBYGCSqGSIb3DQEJDjEJBgcrBgEBAQEWBggq"
                + "hkjOPQQDAw==");
    assertThat(CsrAttributes.parse(vector("rfc8951-4.b64"))).isEqualTo(attributes);
  }

  @Test
  @Tag("R3")
  void theRequestForOneExtensionOfRfc9908Section51IsMadeByteByByte() throws Exception {
    var nodeName = "rfc8994+fd739fc23c3440112233445500000000+@acp.example.com";
    var otherName =
        der("30 49 a0 47 06 08 2b 06 01 05 05 07 08 0a a0 3b 16 39", nodeName.getBytes(US_ASCII));
    var attributes =
        new CsrAttributes(
            List.of(
                new Element.ExtensionRequest(
                    List.of(
                        new ExpectedExtension(SUBJECT_ALT_NAME, true, Optional.of(otherName))))));

    assertThat(attributes.der().toByteArray()).isEqualTo(vector("rfc9908-5.1.b64"));
    assertThat(CsrAttributes.parse(vector("rfc9908-5.1.b64"))).isEqualTo(attributes);
  }

  @Test
  @Tag("R3")
  void theCorrectedExampleOfRfc7030IsMadeByteByByte() throws Exception {
    var attributes =
        new CsrAttributes(
            List.of(PASSWORD, P384, new Element.Oid("1.3.6.1.1.1.1.22"), ECDSA_WITH_SHA384));

    assertThat(attributes.der().toByteArray()).isEqualTo(vector("rfc9908-5.2.b64"));
    assertThat(CsrAttributes.parse(vector("rfc9908-5.2.b64"))).isEqualTo(attributes);
  }

  @Test
  @Tag("R3")
  void theRequestForAnRsaKeyOfOneSizeIsMadeByteByByte() throws Exception {
    var attributes =
        new CsrAttributes(
            List.of(
                PASSWORD,
                ExpectedKey.of(KeyType.RSA_4096).element(),
                new Element.Oid("1.2.840.113549.1.1.11")));

    assertThat(attributes.der().toByteArray()).isEqualTo(vector("rfc9908-5.4.b64"));
    assertThat(CsrAttributes.parse(vector("rfc9908-5.4.b64"))).isEqualTo(attributes);
  }

  @Test
  @Tag("R3")
  void theRequestForAKeyOnOneCurveIsMadeByteByByte() throws Exception {
    var attributes = new CsrAttributes(List.of(PASSWORD, P384, SERIAL_NUMBER, ECDSA_WITH_SHA384));

    assertThat(attributes.der().toByteArray()).isEqualTo(vector("rfc9908-5.5.b64"));
    assertThat(CsrAttributes.parse(vector("rfc9908-5.5.b64"))).isEqualTo(attributes);
  }

  @Test
  @Tag("R3")
  void theRequestForSeveralAttributesIsMadeByteByByte() throws Exception {
    var attributes =
        new CsrAttributes(
            List.of(
                PASSWORD,
                ExpectedKey.of(KeyType.EC_P521).element(),
                new Element.Oid("1.2.840.113549.1.9.20"),
                new Element.Oid("0.9.2342.19200300.100.1.5"),
                SERIAL_NUMBER,
                new Element.Oid("1.2.840.10045.4.3.4")));

    assertThat(attributes.der().toByteArray()).isEqualTo(vector("rfc9908-5.6.b64"));
    assertThat(CsrAttributes.parse(vector("rfc9908-5.6.b64"))).isEqualTo(attributes);
  }

  /// "myDept" and "myGroup" are given, common name and extended key usage are left to the client.
  @Test
  @Tag("R4")
  void theTemplateOfRfc9908Section34IsMadeByteByByte() throws Exception {
    var template =
        new CsrTemplate(
            List.of(
                List.of(new NamePart("2.5.4.3", Optional.empty())),
                List.of(new NamePart("2.5.4.11", Optional.of(utf8("myDept")))),
                List.of(new NamePart("2.5.4.11", Optional.of(utf8("myGroup"))))),
            Optional.of(ExpectedKey.of(KeyType.EC_P256)),
            List.of(
                new ExpectedExtension(
                    SUBJECT_ALT_NAME,
                    false,
                    Optional.of(
                        der("30 14 82 10", "www.myServer.com".getBytes(US_ASCII), "87 00"))),
                new ExpectedExtension("2.5.29.15", true, Optional.of(der("03 02 03 88"))),
                new ExpectedExtension("2.5.29.37", false, Optional.empty())),
            List.of());
    var attributes = new CsrAttributes(List.of(new Element.Template(template)));

    var dump = byOpenssl("rfc9908-3.4.cnf");

    assertThat(attributes.der().toByteArray()).isEqualTo(dump);
    assertThat(CsrAttributes.parse(dump)).isEqualTo(attributes);
    assertThat(CsrAttributes.parse(dump).template()).contains(template);
  }

  @ParameterizedTest
  @Tag("R4")
  @EnumSource(KeyType.class)
  void aTemplateSaysEveryKindOfKey(KeyType type) throws Exception {
    var template =
        new CsrTemplate(List.of(), Optional.of(ExpectedKey.of(type)), List.of(), List.of());
    var attributes = new CsrAttributes(List.of(new Element.Template(template)));

    var read = CsrAttributes.parse(attributes.der().toByteArray());

    assertThat(read).isEqualTo(attributes);
    assertThat(read.template().flatMap(CsrTemplate::key).flatMap(ExpectedKey::type)).contains(type);
  }

  @ParameterizedTest
  @Tag("R3")
  @EnumSource(KeyType.class)
  void aListSaysEveryKindOfKey(KeyType type) throws Exception {
    var attributes = new CsrAttributes(List.of(ExpectedKey.of(type).element()));

    assertThat(CsrAttributes.parse(attributes.der().toByteArray())).isEqualTo(attributes);
  }

  @Test
  @Tag("R4")
  void extensionsThatAllHaveValuesAreAnOrdinaryExtensionRequest() {
    var usage = new ExpectedExtension("2.5.29.15", true, Optional.of(der("03 02 03 88")));
    var open = new ExpectedExtension("2.5.29.37", false, Optional.empty());

    assertThat(hex(template(List.of(usage))))
        .contains("06092a864886f70d01090e")
        .doesNotContain("060b2a864886f70d010910023e");
    assertThat(hex(template(List.of(usage, open))))
        .contains("060b2a864886f70d010910023e")
        .doesNotContain("06092a864886f70d01090e");
  }

  @Test
  @Tag("R4")
  void aTemplateForAnyRsaKeyHasNoPlaceholder() throws Exception {
    var any = new ExpectedKey.Rsa(OptionalInt.empty());
    var template = new CsrTemplate(List.of(), Optional.of(any), List.of(), List.of());
    var attributes = new CsrAttributes(List.of(new Element.Template(template), any.element()));

    assertThat(attributes.der().length()).isLessThan(70);
    assertThat(CsrAttributes.parse(attributes.der().toByteArray())).isEqualTo(attributes);
  }

  @Test
  @Tag("R1")
  void whoHasNothingToSayMaySayAnEmptySequence() throws Exception {
    assertThat(CsrAttributes.parse(bytes("30 00")).isEmpty()).isTrue();
    assertThat(new CsrAttributes(List.of()).der()).isEqualTo(der("30 00"));
  }

  @Test
  @Tag("R3")
  void whatRfc9908AllowsOnceIsNotSaidTwice() {
    var request =
        new Element.ExtensionRequest(
            List.of(new ExpectedExtension("2.5.29.15", true, Optional.of(der("03 02 03 88")))));

    assertThatThrownBy(() -> new CsrAttributes(List.of(request, request)))
        .hasMessageContaining("2 extensionRequests");
    assertThatThrownBy(
            () -> new CsrAttributes(List.of(P384, ExpectedKey.of(KeyType.RSA_2048).element())))
        .hasMessageContaining("2 key types");
    assertThatThrownBy(() ->
            new Element.ExtensionRequest(
                List.of(request.extensions().getFirst(), request.extensions().getFirst())))
        .hasMessageContaining("2.5.29.15 twice");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "05 00",
        // longer than it is
        "30 02 06",
        // indefinite length
        "30 80 00 00",
        // neither OID nor attribute
        "30 02 05 00",
        "30 04 30 02 05 00",
        // two key types
        "30 24 30 10 06 07 2a 86 48 ce 3d 02 01 31 05 06 03 2b 65 70"
            + "30 10 06 07 2a 86 48 ce 3d 02 01 31 05 06 03 2b 65 70",
        // a template of version 1
        "30 18 30 16 06 0b 2a 86 48 86 f7 0d 01 09 10 02 3d 31 07 30 05 02 01 01 a1 00",
        // a template without attributes
        "30 16 30 14 06 0b 2a 86 48 86 f7 0d 01 09 10 02 3d 31 05 30 03 02 01 00"
      })
  void whatIsNoCsrAttrsIsRefused(String hex) {
    assertThatThrownBy(() -> CsrAttributes.parse(bytes(hex)))
        .isInstanceOf(MalformedCsrAttributesException.class);
  }

  /// Whatever bytes come, there is an answer or a checked exception. The seed is fixed.
  @Test
  void noBytesBreakTheParser() throws Exception {
    var random = new Random(9908);
    var whole = byOpenssl("rfc9908-3.4.cnf");
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      var bytes = whole.clone();
      for (int change = random.nextInt(4); change >= 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        CsrAttributes.parse(bytes);
      } catch (MalformedCsrAttributesException malformed) {
        refused++;
      }
    }
    assertThat(refused).isBetween(1000, 19_999);
  }

  private byte[] byOpenssl(String configuration) throws IOException {
    Files.write(folder.resolve(configuration), resource(configuration));
    Tool.OPENSSL
        .run(folder, "asn1parse", "-genconf", configuration, "-noout", "-out", "made.der")
        .ok();
    return Files.readAllBytes(folder.resolve("made.der"));
  }

  private static CsrAttributes template(List<ExpectedExtension> extensions) {
    return new CsrAttributes(
        List.of(
            new Element.Template(
                new CsrTemplate(List.of(), Optional.empty(), extensions, List.of()))));
  }

  private static byte[] vector(String name) throws IOException {
    return Base64.getMimeDecoder().decode(resource(name));
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = CsrAttributesTest.class.getResourceAsStream("/csrattrs/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }

  private static Der utf8(String text) {
    return der("0c %02x".formatted(text.length()), text.getBytes(US_ASCII));
  }

  private static String hex(CsrAttributes attributes) {
    return HexFormat.of().formatHex(attributes.der().toByteArray());
  }

  /// Pieces in hex and as they are, one after the other.
  private static Der der(Object... pieces) {
    var all = new StringBuilder();
    for (var piece : pieces) {
      all.append(piece instanceof byte[] raw ? HexFormat.of().formatHex(raw) : piece);
    }
    return Der.of(bytes(all.toString()));
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }
}
