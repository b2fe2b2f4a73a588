package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The doctor at the bedside of an authority that is not Nameplate, and can be ill in many ways.
/// How it finds Nameplate is in `StoryTest`.
class DoctorTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FAR = "20990101000000Z";

  private StrangeAuthority authority;

  @BeforeEach
  void found() throws IOException {
    authority =
        new StrangeAuthority(
            Files.createTempDirectory(
                Files.createDirectories(Path.of("target").toAbsolutePath()), "strange-"));
  }

  @AfterEach
  void end() {
    authority.close();
  }

  @Test
  void anAuthorityOfOpensslIsExaminedAsWell() throws IOException {
    var result = doctor();

    assertThat(grades(result))
        .containsEntry("ocsp.reach", "ok")
        .containsEntry("ocsp.status", "ok")
        .containsEntry("ocsp.signer", "ok")
        .containsEntry("ocsp.nocheck", "ok")
        .containsEntry("ocsp.get", "ok")
        .containsEntry("ocsp.slashes", "ok")
        .containsEntry("ocsp.nonce", "ok")
        .containsEntry("ocsp.unissued", "ok")
        .containsEntry("ocsp.malformed", "ok")
        .containsEntry("ocsp.oversize", "note")
        .containsEntry("ocsp.caching", "warn")
        .containsEntry("crl.signature", "ok")
        .containsEntry("crl.fields", "ok")
        .containsEntry("crl.scope", "ok")
        .containsEntry("crl.times", "ok")
        .containsEntry("crl.etag", "note")
        .containsEntry("authority.url", "ok")
        .containsEntry("clock", "ok")
        .containsEntry("agreement", "ok")
        .doesNotContainValue("fail");
    assertThat(result.exit()).isEqualTo(11);
  }

  @Test
  void everyFindingThatIsNotWellSaysWhatToDo() throws IOException {
    for (var item : JSON.readTree(doctor("-o", "json").out()).get("items")) {
      assertThat(item.has("next")).isEqualTo(!item.get("result").asText().equals("ok"));
      assertThat(item.get("found").asText()).isNotBlank().doesNotEndWith(".");
    }
    assertThat(doctor().out())
        .containsPattern("WARN +ocsp\\.caching +http://127")
        .contains("Send Cache-Control: max-age=SECONDS");
  }

  @Test
  void aResponderThatBelievesEverythingIsFoundOut() throws IOException {
    authority.believesEverything();

    assertFault("ocsp.unissued", "a serial that was never issued, and so to a forged certificate");
  }

  @Test
  void answersOfSomebodyElseAreNotBelieved() throws IOException {
    authority.signsWith("pump");

    assertFault("ocsp.signer", "is not for OCSP signing");
  }

  @Test
  void anAuthorityMayAnswerForItself() throws IOException {
    authority.signsWith("ca");

    assertThat(grades(doctor())).containsEntry("ocsp.signer", "ok").doesNotContainValue("fail");
  }

  @Test
  void oneOfTwoListsThatIsBehindIsFoundOut() throws IOException {
    authority.namesAnOldCrl().publishes(true, FAR).revokes();

    assertThat(grades(doctor())).containsEntry("agreement", "warn");
    assertThat(doctor().out()).contains("do not agree: one says good, another revoked");
  }

  @Test
  void aProxyThatMergesSlashesIsFoundOut() throws IOException {
    authority.mergesSlashes();

    assertThat(grades(doctor()))
        .containsEntry("ocsp.get", "ok")
        .containsEntry("ocsp.slashes", "warn")
        .containsEntry("ocsp.unissued", "ok");
  }

  @Test
  void aCacheThatMayKeepAnAnswerForTooLongIsFoundOut() throws IOException {
    authority.says("Cache-Control", "public, max-age=604800");

    assertFault("ocsp.caching", "a cache may keep this for 604800 s, but it is good only until");
  }

  @Test
  void aListThatExpiredIsAFault() throws IOException {
    authority.publishes(false, "20200102000000Z");

    assertFault("crl.times", "it expired at 2020-01-02T00:00:00Z");
  }

  @Test
  void aPageInPlaceOfTheListIsAFault() throws IOException {
    authority.publishesInstead("<html>Please log in</html>");

    assertFault("crl.parses", "not a CRL in DER");
  }

  @Test
  void whereListAndResponderContradictEachOtherOneOfThemIsWrong() throws IOException {
    authority.publishes(true, FAR);
    assertFault("agreement", "the CRL lists it, and OCSP says good");

    authority.publishes(false, FAR).revokes();
    assertThat(grades(doctor())).containsEntry("agreement", "warn").containsEntry("clock", "ok");

    authority.publishes(true, FAR);
    assertThat(grades(doctor())).containsEntry("agreement", "ok");
  }

  @Test
  void nobodyAtTheUrlsIsAFault() throws IOException {
    var result = doctor("--public", "http://127.0.0.1:1");

    assertThat(result.exit()).isEqualTo(12);
    assertThat(grades(result))
        .containsEntry("ocsp.reach", "fail")
        .containsEntry("crl.reach", "fail")
        .containsEntry("authority.url", "fail")
        .doesNotContainKey("agreement");
    assertThat(result.out()).contains("nothing answers at http://127.0.0.1:1");
  }

  @Test
  void theIssuerIsFoundWhereTheCertificateSays() throws IOException {
    var result = new Shell().run("doctor", "--certificate", authority.certificate().toString());

    assertThat(grades(result)).containsEntry("ocsp.status", "ok").doesNotContainValue("fail");
  }

  @Test
  void withoutACertificateThereIsNothingToAsk() {
    var nothing = new Shell().run("doctor", "--ca-file", authority.authorities().toString());

    assertThat(nothing.exit()).isEqualTo(2);
    assertThat(nothing.err()).contains("which certificates shall be looked up?");
  }

  private void assertFault(String check, String says) throws IOException {
    var result = doctor();
    assertThat(grades(result)).containsEntry(check, "fail");
    assertThat(result.out()).contains(says);
    assertThat(result.exit()).isEqualTo(12);
  }

  private Shell.Result doctor(String... more) {
    var arguments =
        new ArrayList<>(
            List.of(
                "doctor",
                "--certificate",
                authority.certificate().toString(),
                "--ca-file",
                authority.authorities().toString()));
    arguments.addAll(List.of(more));
    return new Shell().run(arguments.toArray(String[]::new));
  }

  /// The worst grade of each check, as the table has it.
  private static Map<String, String> grades(Shell.Result result) {
    var grades = new TreeMap<String, String>();
    result
        .out()
        .lines()
        .skip(1)
        .takeWhile(line -> !line.isBlank())
        .map(line -> line.split(" +", 3))
        .forEach(cells -> grades.put(cells[1], cells[0].toLowerCase(Locale.ROOT)));
    return grades;
  }
}
