package dev.nameplate.cli;

import static dev.nameplate.cli.CeremonyRoom.bring;
import static dev.nameplate.cli.CeremonyRoom.copy;
import static dev.nameplate.cli.CeremonyRoom.crl;
import static dev.nameplate.cli.CeremonyRoom.crlOf;
import static dev.nameplate.cli.CeremonyRoom.crls;
import static dev.nameplate.cli.CeremonyRoom.enrolled;
import static dev.nameplate.cli.CeremonyRoom.hex;
import static dev.nameplate.cli.CeremonyRoom.init;
import static dev.nameplate.cli.CeremonyRoom.isSigned;
import static dev.nameplate.cli.CeremonyRoom.noDeviceIsCertifiedAnyMore;
import static dev.nameplate.cli.CeremonyRoom.nothingSecretIsIn;
import static dev.nameplate.cli.CeremonyRoom.ocsp;
import static dev.nameplate.cli.CeremonyRoom.ocspWithoutAChain;
import static dev.nameplate.cli.CeremonyRoom.offline;
import static dev.nameplate.cli.CeremonyRoom.openssl;
import static dev.nameplate.cli.CeremonyRoom.pemCrl;
import static dev.nameplate.cli.CeremonyRoom.place;
import static dev.nameplate.cli.CeremonyRoom.publicUrl;
import static dev.nameplate.cli.CeremonyRoom.request;
import static dev.nameplate.cli.CeremonyRoom.root;
import static dev.nameplate.cli.CeremonyRoom.rootCommand;
import static dev.nameplate.cli.CeremonyRoom.run;
import static dev.nameplate.cli.CeremonyRoom.serial;
import static dev.nameplate.cli.CeremonyRoom.sha256;
import static dev.nameplate.cli.CeremonyRoom.sha256OfFile;
import static dev.nameplate.cli.CeremonyRoom.shares;
import static dev.nameplate.cli.CeremonyRoom.sign;
import static dev.nameplate.cli.CeremonyRoom.spki;
import static dev.nameplate.cli.CeremonyRoom.theRootIsNowhereIn;
import static dev.nameplate.cli.CeremonyRoom.transcript;
import static dev.nameplate.cli.CeremonyRoom.verify;
import static dev.nameplate.cli.CeremonyRoom.whatNeedsTheRootIsRefusedBeforeAnythingIsMade;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.Tool;
import dev.nameplate.server.Nameplate;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The key ceremony of an offline root with real tokens, real shares and a real server, and every
/// certificate, CRL and signature as openssl sees it.
@Tag("hsm")
class CeremonyStoryTest {

  private static final Tool SOFTHSM = new Tool("softhsm2-util", "softhsm2");

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
}
