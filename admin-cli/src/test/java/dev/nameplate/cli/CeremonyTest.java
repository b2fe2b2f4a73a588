package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.Tool;
import dev.nameplate.server.Nameplate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The key ceremony of an offline root with real tokens, real shares and a real server, and every
/// certificate, CRL and signature as openssl sees it.
@Tag("hsm")
class CeremonyTest {

  private static final Tool SOFTHSM = new Tool("softhsm2-util", "softhsm2");
  private static final Pattern SHARE = Pattern.compile("(?m)^\\d-[0-9a-f]{32}$");

  private static Path folder = Path.of("");

  @BeforeAll
  static void makeAPlace() throws IOException {
    folder =
        Files.createTempDirectory(
            Files.createDirectories(Path.of("target").toAbsolutePath()), "ceremony-");
  }

  /// From two empty folders to a device whose certificate is checked with the CRLs of both
  /// authorities, and back to the root for the next CRL.
  @Test
  void aServerIssuesUnderARootThatItNeverSees() throws Exception {
    var place = place("story");
    var np = place.resolve("np");
    var root = place.resolve("root");

    // online: a server without authorities
    var made = init(np).ok();
    assertThat(made.err()).contains("There is no root and no issuing CA yet");
    var serve = run("serve", "--dir", np);
    assertThat(serve.exit()).isEqualTo(1);
    assertThat(serve.err()).contains("has no authorities yet", "nameplate ceremony import");

    // offline: the root
    var ceremony =
        root(
                root,
                publicUrl(np),
                shares(place),
                "--permit",
                "ip:127.0.0.0/8",
                "--exclude",
                "dns:evil.example")
            .ok();
    var rootPem = root.resolve("root.pem");
    assertThat(openssl("x509", "-in", rootPem, "-noout", "-text"))
        .contains(
            "CA:TRUE, pathlen:1",
            "X509v3 Name Constraints: critical",
            "DNS:evil.example",
            "IP:127.0.0.0/255.0.0.0",
            "secp384r1",
            "Certificate Sign, CRL Sign");
    openssl("verify", "-x509_strict", "-check_ss_sig", "-CAfile", rootPem, rootPem);
    var firstCrl = crls(root).getFirst();
    assertThat(openssl("crl", "-inform", "DER", "-in", firstCrl, "-CAfile", rootPem, "-noout"))
        .contains("verify OK");
    var fingerprint = sha256(rootPem);
    assertThat(ceremony.out()).contains(fingerprint);
    isSigned(root, "root", rootPem);
    assertThat(transcript(root.resolve("transcripts"), "root"))
        .contains(
            "custodian              Alice",
            "witness                Dave",
            "pathLen 1",
            "serial ",
            "permitted ip:127.0.0.0/8, excluded dns:evil.example",
            "any 2 make the PIN",
            fingerprint);
    assertThat(transcript(root.resolve("transcripts"), "root"))
        .contains(sha256OfFile(root.resolve("evidence.json")), "nothing that was tried let it out");
    nothingSecretIsIn(root.resolve("transcripts"), place);
    assertThat(ceremony.out() + ceremony.err()).doesNotContainPattern("\\d-[0-9a-f]{32}");

    // online: the key of the issuing authority
    var csr = place.resolve("issuing.csr");
    request(np, csr).ok();
    var key = spki(csr);
    isSigned(np.resolve("ceremony"), "issuing-request", csr);

    // offline: its certificate, by two others than at the rehearsal below
    var issuingPem = place.resolve("issuing.pem");
    var exchanged = sign(root, csr, "ab".repeat(32), issuingPem, place, "alice", "carol");
    assertThat(exchanged.exit()).isEqualTo(1);
    assertThat(exchanged.err()).contains("not for the one that was read out");
    assertThat(issuingPem).doesNotExist();
    sign(root, csr, key, issuingPem, place, "alice", "carol").ok();
    assertThat(openssl("x509", "-in", issuingPem, "-noout", "-text"))
        .contains(
            "CA:TRUE, pathlen:0",
            "X509v3 Name Constraints: critical",
            "DNS:evil.example",
            publicUrl(np) + "/crl/");
    openssl(
        "verify",
        "-x509_strict",
        "-crl_check",
        "-CRLfile",
        pemCrl(firstCrl),
        "-CAfile",
        rootPem,
        issuingPem);
    isSigned(root, "issuing-sign", rootPem);
    var again = sign(root, csr, key, issuingPem, place, "alice", "carol").ok();
    assertThat(again.err()).contains("certified before; nothing was signed now");

    for (var other : List.of(List.of("--validity", "10d"), List.of("--permit", "dns:x.example"))) {
      assertThat(
              sign(
                      root,
                      csr,
                      key,
                      issuingPem,
                      place,
                      "alice",
                      "carol",
                      other.toArray(String[]::new))
                  .err())
          .contains("certified before with other limits; revoke " + hex(issuingPem) + " first");
    }
    sign(root, csr, key, issuingPem, place, "alice", "carol", "--validity", "3653d").ok();

    // the backup, opened by others elsewhere
    var backup = place.resolve("backup");
    copy(root, backup);
    var rehearsal = place.resolve("rehearsal.crl");
    crl(backup, rehearsal, place, List.of("bob", "carol")).ok();
    assertThat(openssl("crl", "-inform", "DER", "-in", rehearsal, "-CAfile", rootPem, "-noout"))
        .contains("verify OK");

    // online: what came in files
    var wrong = bring(np, rootPem, issuingPem, firstCrl, "00".repeat(32));
    assertThat(wrong.err()).contains("somebody may have exchanged it");
    bring(np, rootPem, issuingPem, firstCrl, fingerprint).ok();
    isSigned(np.resolve("ceremony"), "import", csr);
    assertThat(run("hsm", "test", "--dir", np).ok().out())
        .containsPattern("ok +\\(offline\\) +root .*it is offline on purpose, and not tried")
        .containsPattern("ok +nameplate +issuing-");
    bring(np, rootPem, issuingPem, firstCrl, fingerprint).ok();
    theRootIsNowhereIn(np);

    try (var _ = Nameplate.start(np)) {
      whatNeedsTheRootIsRefusedBeforeAnythingIsMade(np);
      var device = enrolled(np, place, "pump-1");
      var issuingCrl = place.resolve("issuing.crl");
      crlOf(np, "issuing", "end-entities", issuingCrl);
      verify(rootPem, issuingPem, device, firstCrl, issuingCrl);
      assertThat(ocsp(np, rootPem, issuingPem, device)).contains(": good");

      run(np, "cert", "revoke", serial(device), "--reason", "keyCompromise", "--wait", "ocsp").ok();
      assertThat(ocsp(np, rootPem, issuingPem, device)).contains(": revoked");

      // its next CRL is made offline while the server runs, and brought
      var next = place.resolve("next.crl");
      offline(root, next, place).ok();
      run(np, "crl", "import", next, "--issuer", "root").ok();
      var other = enrolled(np, place, "pump-2");
      verify(rootPem, issuingPem, other, next, issuingCrl);

      // the root revokes the authority
      var last = place.resolve("last.crl");
      offline(root, last, place, "--revoke", serial(issuingPem), "--reason", "cACompromise").ok();
      assertThat(openssl("crl", "-inform", "DER", "-in", last, "-noout", "-text"))
          .contains("CA Compromise");
      assertThat(ocsp(np, rootPem, issuingPem, other)).contains(": good");
      run(np, "crl", "import", last, "--issuer", "root").ok();
      assertThat(ocspWithoutAChain(np, issuingPem, other))
          .contains(": revoked", "Reason: cACompromise");
      noDeviceIsCertifiedAnyMore(np, place);
      var refused =
          Tool.OPENSSL.run(
              place,
              "verify",
              "-crl_check_all",
              "-CRLfile",
              pemCrl(last).toString(),
              "-CRLfile",
              pemCrl(issuingCrl).toString(),
              "-CAfile",
              rootPem.toString(),
              "-untrusted",
              issuingPem.toString(),
              other.toString());
      assertThat(refused.exit()).isNotZero();
      assertThat(refused.output()).contains("certificate revoked");
    }
  }

  @Test
  void aPinInTwoHalvesNeedsBothAndAWrongOneIsNotTriedOnTheToken() throws Exception {
    var place = place("halves");
    var root = place.resolve("root");
    var first = Files.writeString(place.resolve("first"), "correct horse\n");
    var second = Files.writeString(place.resolve("second"), "battery staple\n");
    var wrong = Files.writeString(place.resolve("wrong"), "battery stable\n");

    root(
            root,
            "http://pki.acme.example",
            List.of(
                "--custodian",
                "Alice",
                "--custodian",
                "Bob",
                "--half",
                first.toString(),
                "--half",
                second.toString()))
        .ok();

    assertThat(Files.readString(root.resolve("root.json"))).doesNotContain("horse", "staple");
    for (int i = 0; i < 3; i++) {
      var refused =
          run(
              "ceremony",
              "crl",
              "--dir",
              root,
              "--out",
              place.resolve("no.crl"),
              "--custodian",
              "Alice",
              "--custodian",
              "Bob",
              "--half",
              first,
              "--half",
              wrong);
      assertThat(refused.exit()).isEqualTo(1);
      assertThat(refused.err()).contains("do not make the PIN", "it was not tried on the token");
    }
    run(
            "ceremony",
            "crl",
            "--dir",
            root,
            "--out",
            place.resolve("yes.crl"),
            "--custodian",
            "Alice",
            "--custodian",
            "Bob",
            "--half",
            first,
            "--half",
            second)
        .ok();
    var out = place.resolve("x");
    assertThat(
            run(
                    "ceremony",
                    "crl",
                    "--dir",
                    root,
                    "--out",
                    out,
                    "--custodian",
                    "Alice",
                    "--custodian",
                    "Bob",
                    "--half",
                    first)
                .err())
        .contains("--half: two are needed, and 1 given");
    assertThat(
            run("ceremony", "crl", "--dir", root, "--out", out, "--half", first, "--half", second)
                .err())
        .contains("2 custodians are needed, and 0 named");
    assertThat(out).doesNotExist();
  }

  @Test
  void withoutATerminalNobodyIsAskedAndTheOptionIsNamed() throws Exception {
    var place = place("no-terminal");
    var root = place.resolve("root");
    var halves = List.of("--custodian", "Alice", "--custodian", "Bob");

    assertThat(elsewhere(rootCommand(root, "http://pki.acme.example", halves)).err())
        .contains("there is no terminal to ask at", "Use --half FILE, twice");
    assertThat(
            elsewhere(
                    rootCommand(
                        root,
                        "http://pki.acme.example",
                        List.of("--threshold", "2", "--custodian", "Alice", "--custodian", "Bob")))
                .err())
        .contains("there is no terminal to ask at", "Use --custodian Alice=FILE");
    assertThat(root).doesNotExist();
    root(root, "http://pki.acme.example", shares(place)).ok();
    assertThat(
            elsewhere(
                    "ceremony",
                    "crl",
                    "--dir",
                    root.toString(),
                    "--out",
                    place + "/next.crl",
                    "--custodian",
                    "Alice",
                    "--custodian",
                    "Bob")
                .err())
        .contains("Use --share FILE, 2 times");
  }

  @Test
  void nothingIsEverWrittenOver() throws Exception {
    var place = place("twice");
    var root = place.resolve("root");
    root(root, "http://pki.acme.example", shares(place)).ok();
    var before = Files.readString(root.resolve("root.pem"));
    var share = Files.readString(place.resolve("alice"));

    var again = root(root, "http://pki.acme.example", otherShares(place));
    assertThat(again.exit()).isEqualTo(1);
    assertThat(again.err()).contains("is not empty; nothing was changed");
    var elsewhere = root(place.resolve("root2"), "http://pki.acme.example", shares(place));
    assertThat(elsewhere.err()).contains("alice is there already", "this share opens nothing");

    assertThat(root.resolve("root.pem")).hasContent(before);
    assertThat(place.resolve("alice")).hasContent(share);
    assertThat(place.resolve("root2")).doesNotExist();
    assertThat(place.resolve("other-bob")).doesNotExist();
    var out = Files.writeString(place.resolve("there.crl"), "precious");
    assertThat(crl(root, out, place, List.of("alice", "bob")).err()).contains("never written over");
    assertThat(out).hasContent("precious");
  }

  @Test
  void sharesOfDifferentRootsAndAShareGivenTwiceAreRefused() throws Exception {
    var place = place("mixed");
    var root = place.resolve("root");
    root(root, "http://pki.acme.example", shares(place)).ok();
    root(place.resolve("other"), "http://pki.acme.example", otherShares(place)).ok();

    assertThat(crl(root, place.resolve("1.crl"), place, List.of("alice", "other-bob")).err())
        .contains("these shares do not make the PIN");
    assertThat(crl(root, place.resolve("2.crl"), place, List.of("alice", "alice")).err())
        .contains("given twice");
    assertThat(crl(root, place.resolve("3.crl"), place, List.of("alice")).err())
        .contains("2 are needed, and 1 given");
  }

  @Test
  void whatWasBrokenOffWhileItSignedIsOnTheNextCrl() throws Exception {
    var place = place("broken-off");
    var root = place.resolve("root");
    root(root, "http://pki.acme.example", shares(place)).ok();
    Files.createFile(root.resolve("issued/5a00112233445566778899aabbccddee.begun"));

    var next = crl(root, place.resolve("next.crl"), place, List.of("bob", "carol")).ok();

    assertThat(next.err()).contains("was broken off, and a signature may exist");
    assertThat(
            openssl(
                "crl",
                "-inform",
                "DER",
                "-in",
                place.resolve("next.crl"),
                "-CAfile",
                root.resolve("root.pem"),
                "-noout",
                "-text"))
        .contains("5A00112233445566778899AABBCCDDEE");
    var again = crl(root, place.resolve("after.crl"), place, List.of("bob", "carol")).ok();
    assertThat(
            openssl("crl", "-inform", "DER", "-in", place.resolve("after.crl"), "-noout", "-text"))
        .containsOnlyOnce("5A00112233445566778899AABBCCDDEE");
    assertThat(again.err()).doesNotContain("was broken off");
  }

  @Test
  void whatWasSignedAndNotWrittenDownIsWrittenDownByTheNextAttempt() throws Exception {
    var place = place("unrecorded");
    var root = place.resolve("root");
    root(root, "http://pki.acme.example", shares(place)).ok();
    var csr = foreignRequest(place);
    var issuing = place.resolve("issuing.pem");

    transcriptsAreAway(root, true);
    assertThat(sign(root, csr, spki(csr), issuing, place, "alice", "bob").exit()).isEqualTo(1);
    transcriptsAreAway(root, false);
    assertThat(issuing).exists();
    sign(root, csr, spki(csr), issuing, place, "alice", "bob").ok();
    assertThat(transcript(root.resolve("transcripts"), "issuing-sign"))
        .contains("was signed in an attempt that was broken off", hex(issuing), sha256(issuing));
    isSigned(root, "issuing-sign", root.resolve("root.pem"));
    assertThat(sign(root, csr, spki(csr), issuing, place, "alice", "bob").ok().err())
        .contains("certified before; nothing was signed now");

    transcriptsAreAway(root, true);
    assertThat(offline(root, place.resolve("1.crl"), place, "--revoke", hex(issuing)).exit())
        .isEqualTo(1);
    transcriptsAreAway(root, false);
    var lost = crls(root).stream().filter(each -> each.toString().endsWith(".crl")).toList();
    offline(root, place.resolve("2.crl"), place, "--revoke", hex(issuing)).ok();
    assertThat(transcript(root.resolve("transcripts"), "crl"))
        .contains(
            "was signed in an attempt that was broken off",
            sha256OfFile(lost.getLast()),
            hex(issuing) + " is on the CRL already");
    offline(root, place.resolve("3.crl"), place).ok();
    assertThat(transcript(root.resolve("transcripts"), "crl")).doesNotContain("broken off");
  }

  @Test
  void anImportThatWasBrokenOffGoesOnWhereItWas() throws Exception {
    var place = place("again");
    var np = place.resolve("np");
    init(np).ok();
    var root = place.resolve("root");
    root(root, publicUrl(np), shares(place)).ok();
    var csr = place.resolve("issuing.csr");
    request(np, csr).ok();
    var second = place.resolve("second.csr");
    request(np, second).ok();
    assertThat(spki(second)).isEqualTo(spki(csr));
    var issuing = place.resolve("issuing.pem");
    sign(root, csr, spki(csr), issuing, place, "alice", "bob").ok();
    var rootPem = root.resolve("root.pem");
    var admin = np.resolve("admin/first.csr");
    var request = Files.readString(admin);
    Files.writeString(admin, "torn");

    var stopped = bring(np, rootPem, issuing, crls(root).getFirst(), sha256(rootPem));
    assertThat(stopped.exit()).isEqualTo(1);
    assertThat(stopped.err()).contains("first.csr has 0 requests");
    Files.writeString(admin, request);
    bring(np, rootPem, issuing, crls(root).getFirst(), sha256(rootPem)).ok();

    assertThat(Files.readString(np.resolve("trust.pem")))
        .startsWith(Files.readString(rootPem))
        .endsWith(Files.readString(issuing));
    try (var _ = Nameplate.start(np)) {
      assertThat(run(np, "audit", "verify").ok().out()).startsWith("intact: ");
      assertThat(run(np, "issuer", "list").ok().out()).contains("cn=Acme Root CA", "active");
      enrolled(np, place, "pump-9");
    }
  }

  @Test
  void aMissingToolIsNamedWithItsPackage() throws Exception {
    var place = place("no-tool");

    var refused =
        new OtherMachine()
            .with("PATH", place.toString())
            .run(rootCommand(place.resolve("root"), "http://pki.acme.example", shares(place)));

    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err()).contains("ssss-split cannot be started", "apt-get install ssss");
    assertThat(place.resolve("root")).doesNotExist();
  }

  @Test
  void aTokenThatIsThereIsUsedAndItsKeyIsMadeOnce() throws Exception {
    var place = place("module");
    var tokens = Files.createDirectory(place.resolve("tokens"));
    var conf =
        Files.writeString(
            place.resolve("softhsm2.conf"), "directories.tokendir = " + tokens + "\n");
    var init =
        new ProcessBuilder(
            SOFTHSM.name(),
            "--init-token",
            "--free",
            "--label",
            "vault",
            "--pin",
            "12345678",
            "--so-pin",
            "87654321");
    init.environment().put("SOFTHSM2_CONF", conf.toString());
    assertThat(init.redirectErrorStream(true).start().waitFor()).isZero();
    var first = Files.writeString(place.resolve("first"), "1234\n");
    var second = Files.writeString(place.resolve("second"), "5678\n");
    var options =
        List.of(
            "--custodian",
            "Alice",
            "--custodian",
            "Bob",
            "--half",
            first.toString(),
            "--half",
            second.toString(),
            "--module",
            "/usr/lib/softhsm/libsofthsm2.so",
            "--token",
            "vault");
    var machine = new OtherMachine().with("SOFTHSM2_CONF", conf.toString());

    machine.run(rootCommand(place.resolve("root"), "http://pki.acme.example", options)).ok();

    assertThat(place.resolve("root/token")).doesNotExist();
    assertThat(Files.readString(place.resolve("root/root.json"))).doesNotContain("check");
    var crl = place.resolve("next.crl");
    machine
        .run(
            "ceremony",
            "crl",
            "--dir",
            place + "/root",
            "--out",
            crl.toString(),
            "--custodian",
            "Alice",
            "--custodian",
            "Bob",
            "--half",
            first.toString(),
            "--half",
            second.toString())
        .ok();
    assertThat(
            openssl(
                "crl", "-inform", "DER", "-in", crl, "-CAfile", place + "/root/root.pem", "-noout"))
        .contains("verify OK");
    var again =
        machine.run(rootCommand(place.resolve("root2"), "http://pki.acme.example", options));
    assertThat(again.exit()).isEqualTo(1);
    assertThat(again.err())
        .contains("already has a key with label root", "destroy it with the token's own tools");
    assertThat(place.resolve("root2")).doesNotExist();
  }

  @Test
  void whatDoesNotFitTogetherIsNotImported() throws Exception {
    var place = place("misfit");
    var np = place.resolve("np");
    init(np).ok();
    var root = place.resolve("root");
    root(root, publicUrl(np), shares(place)).ok();
    var other = place.resolve("other");
    root(other, "http://elsewhere.example", otherShares(place)).ok();
    var csr = place.resolve("issuing.csr");
    request(np, csr).ok();
    var good = place.resolve("good.pem");
    sign(root, csr, spki(csr), good, place, "alice", "bob").ok();
    var elsewhere = place.resolve("elsewhere.pem");
    sign(other, csr, spki(csr), elsewhere, place, "other-alice", "other-bob").ok();
    var narrow = place.resolve("narrow.pem");
    var limited = place.resolve("limited");
    var limitedShares = sharesNamed(place, "limited-");
    root(limited, publicUrl(np), limitedShares).ok();
    sign(
            limited,
            csr,
            spki(csr),
            narrow,
            place,
            "limited-alice",
            "limited-bob",
            "--permit",
            "dns:acme.example")
        .ok();
    var foreignCsr = foreignRequest(place);
    var foreign = place.resolve("foreign.pem");
    sign(root, foreignCsr, spki(foreignCsr), foreign, place, "alice", "bob").ok();
    var rootPem = root.resolve("root.pem");
    var crl = crls(root).getFirst();

    assertThat(bring(np, rootPem, foreign, crl, sha256(rootPem)).err())
        .contains("no key here is that one");
    assertThat(bring(np, rootPem, elsewhere, crl, sha256(rootPem)).err())
        .contains("not signed by this root");
    assertThat(
            bring(
                    np,
                    other.resolve("root.pem"),
                    elsewhere,
                    crls(other).getFirst(),
                    sha256(other.resolve("root.pem")))
                .err())
        .contains("the public URLs differ");
    assertThat(bring(np, rootPem, good, crls(other).getFirst(), sha256(rootPem)).err())
        .contains("the CRL is not signed by this root");
    assertThat(
            bring(
                    np,
                    limited.resolve("root.pem"),
                    narrow,
                    crls(limited).getFirst(),
                    sha256(limited.resolve("root.pem")))
                .err())
        .contains("may not certify this server as dns:localhost");
    assertThat(bring(np, good, good, crl, sha256(good)).err()).contains("not signed by itself");

    bring(np, rootPem, good, crl, sha256(rootPem)).ok();
    assertThat(
            bring(
                    np,
                    limited.resolve("root.pem"),
                    narrow,
                    crls(limited).getFirst(),
                    sha256(limited.resolve("root.pem")))
                .err())
        .contains("has another root");
  }

  // ---- the commands

  private static Shell.Result init(Path np) {
    return run(
        "init",
        "--ceremony",
        "--dir",
        np,
        "--org",
        "Acme",
        "--est-port",
        "0",
        "--status-port",
        "0",
        "--admin-port",
        "0",
        "--metrics-port",
        "0");
  }

  private static Shell.Result root(
      Path dir, String publicUrl, List<String> custody, String... more) {
    var all = new ArrayList<>(List.of(rootCommand(dir, publicUrl, custody)));
    all.addAll(List.of(more));
    return run(all.toArray());
  }

  private static String[] rootCommand(Path dir, String publicUrl, List<String> custody) {
    var all =
        new ArrayList<>(
            List.of(
                "ceremony",
                "root",
                "--dir",
                dir.toString(),
                "--org",
                "Acme",
                "--public-url",
                publicUrl,
                "--witness",
                "Dave"));
    all.addAll(custody);
    return all.toArray(String[]::new);
  }

  private static List<String> shares(Path place) {
    return sharesNamed(place, "");
  }

  private static List<String> otherShares(Path place) {
    return sharesNamed(place, "other-");
  }

  private static List<String> sharesNamed(Path place, String prefix) {
    return List.of(
        "--threshold",
        "2",
        "--custodian",
        "Alice=" + place + "/" + prefix + "alice",
        "--custodian",
        "Bob=" + place + "/" + prefix + "bob",
        "--custodian",
        "Carol=" + place + "/" + prefix + "carol");
  }

  private static Shell.Result request(Path np, Path csr) {
    return run("ceremony", "issuing", "request", "--dir", np, "--org", "Acme", "--out", csr);
  }

  private static Shell.Result sign(
      Path root,
      Path csr,
      String key,
      Path out,
      Path place,
      String one,
      String two,
      String... more) {
    var all =
        new ArrayList<Object>(
            List.of(
                "ceremony",
                "issuing",
                "sign",
                "--dir",
                root,
                "--request",
                csr,
                "--key",
                key,
                "--out",
                out,
                "--custodian",
                "Alice",
                "--custodian",
                "Bob",
                "--share",
                place.resolve(one),
                "--share",
                place.resolve(two)));
    all.addAll(List.of(more));
    return run(all.toArray());
  }

  private static Path foreignRequest(Path place) {
    var csr = place.resolve("foreign.csr");
    openssl(
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        place.resolve("foreign.key"),
        "-subj",
        "/O=Acme/CN=Acme Issuing CA 1",
        "-out",
        csr);
    return csr;
  }

  /// Nothing can be written to them meanwhile.
  private static void transcriptsAreAway(Path root, boolean away) throws IOException {
    var transcripts = root.resolve("transcripts");
    var elsewhere = root.resolve("transcripts.away");
    if (away) {
      Files.move(transcripts, elsewhere);
      Files.createFile(transcripts);
    } else {
      Files.delete(transcripts);
      Files.move(elsewhere, transcripts);
    }
  }

  private static Shell.Result crl(Path root, Path out, Path place, List<String> custodians) {
    var all = new ArrayList<Object>(List.of("ceremony", "crl", "--dir", root, "--out", out));
    all.addAll(List.of("--custodian", "Alice", "--custodian", "Bob"));
    custodians.forEach(name -> all.addAll(List.of("--share", place.resolve(name))));
    return run(all.toArray());
  }

  private static Shell.Result offline(Path root, Path out, Path place, String... more)
      throws Exception {
    var all =
        new ArrayList<>(
            List.of(
                "ceremony",
                "crl",
                "--dir",
                root.toString(),
                "--out",
                out.toString(),
                "--custodian",
                "Alice",
                "--custodian",
                "Bob",
                "--share",
                place + "/alice",
                "--share",
                place + "/bob"));
    all.addAll(List.of(more));
    return elsewhere(all.toArray(String[]::new));
  }

  private static Shell.Result bring(Path np, Path root, Path issuing, Path crl, String sha256) {
    return run(
        "ceremony",
        "import",
        "--dir",
        np,
        "--root",
        root,
        "--issuing",
        issuing,
        "--crl",
        crl,
        "--fingerprint",
        sha256,
        "--witness",
        "Dave");
  }

  private static Shell.Result elsewhere(String... arguments) throws Exception {
    return new OtherMachine().run(arguments);
  }

  private static Shell.Result run(Object... arguments) {
    return new Shell().run(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
  }

  private static Shell.Result run(Path np, Object... arguments) {
    return new Shell()
        .with("NAMEPLATE_DIR", np.toString())
        .run(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
  }

  private static Path enrolled(Path np, Path place, String device) {
    var secret = place.resolve(device + ".secret");
    run(np, "device", "add", device, "--secret-file", secret).ok();
    run(np, "est", "enroll", device, "--secret-file", secret, "--out", place.resolve(device)).ok();
    return place.resolve(device).resolve("cert.pem");
  }

  private static void noDeviceIsCertifiedAnyMore(Path np, Path place) {
    var secret = place.resolve("late.secret");
    run(np, "device", "add", "late", "--secret-file", secret).ok();
    var refused =
        run(np, "est", "enroll", "late", "--secret-file", secret, "--out", place.resolve("late"));
    assertThat(refused.exit()).isNotZero();
    assertThat(refused.err()).contains("503");
  }

  // ---- what others see

  private static void verify(Path root, Path issuing, Path device, Path rootCrl, Path issuingCrl)
      throws IOException {
    openssl(
        "verify",
        "-x509_strict",
        "-crl_check_all",
        "-CRLfile",
        pemCrl(rootCrl),
        "-CRLfile",
        pemCrl(issuingCrl),
        "-CAfile",
        root,
        "-untrusted",
        issuing,
        device);
  }

  private static String ocsp(Path np, Path root, Path issuing, Path device) throws IOException {
    return openssl(
        "ocsp",
        "-issuer",
        issuing,
        "-cert",
        device,
        "-url",
        publicUrl(np) + "/ocsp",
        "-CAfile",
        root,
        "-verify_other",
        issuing,
        "-no_nonce");
  }

  private static String ocspWithoutAChain(Path np, Path issuing, Path device) throws IOException {
    return openssl(
        "ocsp",
        "-issuer",
        issuing,
        "-cert",
        device,
        "-url",
        publicUrl(np) + "/ocsp",
        "-noverify",
        "-no_nonce");
  }

  private static void crlOf(Path np, String issuer, String scope, Path out) throws Exception {
    var url =
        Pattern.compile("http://\\S+\\.crl")
            .matcher(run(np, "crl", "show", issuer, scope).ok().out())
            .results()
            .findFirst()
            .orElseThrow()
            .group();
    Tool.CURL.run(folder, "-sS", "--fail", "-o", out.toString(), url).ok();
  }

  /// Signed by the key of this certificate or request, as openssl sees it.
  private static void isSigned(Path place, String act, Path by) throws IOException {
    var folder =
        Files.isDirectory(place.resolve("transcripts")) ? place.resolve("transcripts") : place;
    var text = transcriptFile(folder, act);
    var key = Files.createTempFile("key", ".pem");
    var kind = Files.readString(by).contains("REQUEST") ? "req" : "x509";
    Files.writeString(key, openssl(kind, "-in", by, "-noout", "-pubkey"));
    var hash = Files.readString(key).length() > 200 ? "-sha384" : "-sha256";
    assertThat(openssl("dgst", hash, "-verify", key, "-signature", text + ".sig", text))
        .contains("Verified OK");
    Files.delete(key);
  }

  private static String transcript(Path folder, String act) throws IOException {
    return Files.readString(transcriptFile(folder, act));
  }

  private static Path transcriptFile(Path folder, String act) throws IOException {
    try (var files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().matches(".*-" + act + "(-\\d)?\\.txt"))
          .max(Path::compareTo)
          .orElseThrow();
    }
  }

  private static void nothingSecretIsIn(Path transcripts, Path place) throws IOException {
    for (var name : List.of("alice", "bob", "carol")) {
      var file = place.resolve(name);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      var share = SHARE.matcher(Files.readString(file)).results().findFirst().orElseThrow().group();
      try (var all = Files.list(transcripts)) {
        assertThat(all.filter(each -> each.toString().endsWith(".txt")))
            .isNotEmpty()
            .allSatisfy(
                each -> assertThat(Files.readString(each)).doesNotContain(share.substring(2)));
      }
    }
  }

  /// Neither its token, nor its PIN, nor a setting that leads there.
  private static void theRootIsNowhereIn(Path np) throws IOException {
    assertThat(Files.readString(np.resolve("nameplate.yaml")))
        .contains("token: {label: nameplate, softhsm: token}")
        .doesNotContain("root");
    try (var tokens = Files.list(np.resolve("token/tokens"))) {
      assertThat(tokens).hasSize(1);
    }
    try (var pins = Files.list(np.resolve("token"))) {
      assertThat(pins.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "softhsm2.conf", "tokens", "nameplate.pin", "nameplate.so-pin");
    }
    var list =
        new ProcessBuilder(
            "pkcs11-tool",
            "--module",
            "/usr/lib/softhsm/libsofthsm2.so",
            "--token-label",
            "nameplate",
            "--list-objects",
            "--type",
            "pubkey");
    list.environment().put("SOFTHSM2_CONF", np.resolve("token/softhsm2.conf").toString());
    var shown = new String(list.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(shown).contains("label:      issuing-").doesNotContain("label:      root");
  }

  private static void whatNeedsTheRootIsRefusedBeforeAnythingIsMade(Path np) throws IOException {
    var keys = keys(np);
    var issuers = run(np, "issuer", "list").ok().out();
    for (var command :
        List.of(
            List.of("issuer", "rollover", "root"),
            List.of("issuer", "rekey", "issuing"),
            List.of("issuer", "add", "second"))) {
      var refused = run(np, command.toArray());
      assertThat(refused.exit()).as(command + refused.out()).isNotZero();
      assertThat(refused.err()).contains("the root is offline", "ceremony issuing request");
    }
    assertThat(keys(np)).isEqualTo(keys);
    assertThat(run(np, "issuer", "list").ok().out()).isEqualTo(issuers);
  }

  private static long keys(Path np) throws IOException {
    try (var files = Files.walk(np.resolve("token/tokens"))) {
      return files.filter(file -> file.toString().endsWith(".object")).count();
    }
  }

  private static String publicUrl(Path np) throws IOException {
    return Files.readAllLines(np.resolve("nameplate.yaml")).stream()
        .filter(line -> line.startsWith("public_url: "))
        .findFirst()
        .orElseThrow()
        .substring("public_url: ".length());
  }

  private static String sha256(Path certificate) {
    return openssl("x509", "-in", certificate, "-noout", "-fingerprint", "-sha256")
        .replaceAll("(?s).*=|:|\\s", "")
        .toLowerCase(Locale.ROOT);
  }

  private static String sha256OfFile(Path file) {
    return openssl("dgst", "-sha256", "-r", file).substring(0, 64);
  }

  /// The SHA-256 of the public key, computed by openssl.
  private static String spki(Path csr) throws IOException {
    var key =
        Files.writeString(
            Files.createTempFile("key", ".pem"), openssl("req", "-in", csr, "-noout", "-pubkey"));
    var der = Files.createTempFile("key", ".der");
    openssl("pkey", "-pubin", "-in", key, "-outform", "DER", "-out", der);
    return openssl("dgst", "-sha256", "-r", der).substring(0, 64);
  }

  private static String serial(Path certificate) {
    return openssl("x509", "-in", certificate, "-noout", "-serial").strip().substring(7);
  }

  private static String hex(Path certificate) {
    return serial(certificate).toLowerCase(Locale.ROOT);
  }

  private static Path pemCrl(Path der) throws IOException {
    var pem = Files.createTempFile(folder, "crl", ".pem");
    openssl("crl", "-inform", "DER", "-in", der, "-out", pem);
    return pem;
  }

  private static List<Path> crls(Path root) throws IOException {
    try (var files = Files.list(root.resolve("crl"))) {
      return files.sorted().toList();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var all = Files.walk(from)) {
      for (var path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  private static Path place(String name) throws IOException {
    return Files.createDirectory(folder.resolve(name));
  }

  private static String openssl(Object... arguments) {
    var result =
        Tool.OPENSSL.run(
            folder, Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
    assertThat(result.exit()).as(result.output()).isZero();
    return result.output();
  }
}
