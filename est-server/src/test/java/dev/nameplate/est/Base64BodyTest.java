package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.x509.Der;
import dev.nameplate.est.Base64Body.Lines;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class Base64BodyTest {

  private static final byte[] DER = "some bytes, not a multiple of 3!".getBytes(US_ASCII);
  private static final String BASE64 = Base64.getEncoder().encodeToString(DER);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%s%s",
        "%s%s\n",
        "%s%s\r\n",
        "%s\n%s\n",
        "%s\r\n%s\r\n",
        "%s %s",
        "\t%s\t\r\n \n%s\n\n",
        "-----BEGIN CERTIFICATE REQUEST-----\n%s\n%s\n-----END CERTIFICATE REQUEST-----\n",
        "-----BEGIN NEW CERTIFICATE REQUEST-----\r\n%s%s\r\n-----END NEW CERTIFICATE REQUEST-----"
      })
  void u6u7ClientsMayLayOutTheirBase64AsTheyLike(String layout) throws Exception {
    var text = String.format(layout, BASE64.substring(0, 20), BASE64.substring(20));

    assertThat(read(text).der()).isEqualTo(DER);
  }

  @Test
  void whatIsNotBase64IsRefusedAndSaysWhatWasFound() {
    assertThatThrownBy(() -> read("AAAA-AAA").der())
        .hasMessage("The request body is not base64: it has a byte 0x2d in it.");
    assertThatThrownBy(() -> read("0\u0082\u0001").der())
        .hasMessage("The request body is not base64: it has a byte 0x82 in it.");
    assertThatThrownBy(() -> read("AAAAA").der())
        .hasMessage("The request body is not base64: its length or padding is wrong.");
    assertThatThrownBy(() -> read("AA==AAAA").der())
        .hasMessage("The request body is not base64: its length or padding is wrong.");
    assertThatThrownBy(() -> read(" \r\n").der()).hasMessage("The request has no body.");
  }

  @Test
  void u9NoMoreThan24KibAreRead() throws Exception {
    var fits = "A".repeat(24 * 1024);

    assertThat(read(fits).der()).hasSize(18 * 1024);
    assertThatThrownBy(() -> read(fits + "A"))
        .isInstanceOfSatisfying(
            UnreadableBodyException.class, refused -> assertThat(refused.status()).isEqualTo(413));
  }

  @Test
  void u9WhatIsAnnouncedAsTooLargeIsNotReadAtAll() {
    assertThatThrownBy(() -> Base64Body.read(InputStream.nullInputStream(), 24 * 1024 + 1))
        .isInstanceOfSatisfying(
            UnreadableBodyException.class, refused -> assertThat(refused.status()).isEqualTo(413));
  }

  @Test
  void aBodyThatBreaksOffIsTheClientsFault() throws Exception {
    var broken = InputStream.nullInputStream();
    broken.close();

    assertThatThrownBy(() -> Base64Body.read(broken, -1))
        .isInstanceOfSatisfying(
            UnreadableBodyException.class, refused -> assertThat(refused.status()).isEqualTo(400));
  }

  @Test
  void shortAnswersAreOneLineForEverybody() {
    assertThat(new String(Base64Body.encode(random(750), Lines.WRAPPED), US_ASCII))
        .hasSize(1001)
        .endsWith("\n")
        .containsOnlyOnce("\n");
  }

  @Test
  void longAnswersAreLaidOutAsTheClientLaysOutItsOwn() {
    var der = random(751);

    assertThat(new String(Base64Body.encode(der, Lines.ONE), US_ASCII))
        .hasSize(1005)
        .endsWith("\n")
        .containsOnlyOnce("\n");
    assertThat(new String(Base64Body.encode(der, Lines.WRAPPED), US_ASCII).split("\n", -1))
        .hasSize(17)
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(64))
        .endsWith("");
  }

  @Test
  void noAnswerHasCarriageReturnsBecauseCoreutilsStumblesOverThem() {
    assertThat(new String(Base64Body.encode(random(3000), Lines.WRAPPED), US_ASCII))
        .doesNotContain("\r");
  }

  @Test
  void aClientThatBreaksLinesCanReadBrokenLines() throws Exception {
    assertThat(read("AAAA\nAAAA\n").lines()).isEqualTo(Lines.WRAPPED);
    assertThat(read("AAAA\r\nAAAA").lines()).isEqualTo(Lines.WRAPPED);
    assertThat(read("AAAAAAAA\n").lines()).isEqualTo(Lines.ONE);
    assertThat(read("AAAAAAAA").lines()).isEqualTo(Lines.ONE);
  }

  private static Base64Body read(String text) throws UnreadableBodyException {
    return Base64Body.read(new ByteArrayInputStream(text.getBytes(ISO_8859_1)), -1);
  }

  private static Der random(int length) {
    byte[] bytes = new byte[length];
    new Random(1).nextBytes(bytes);
    return Der.of(bytes);
  }
}
