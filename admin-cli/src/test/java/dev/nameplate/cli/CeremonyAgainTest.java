package dev.nameplate.cli;

import static dev.nameplate.cli.CeremonyRoom.bring;
import static dev.nameplate.cli.CeremonyRoom.crl;
import static dev.nameplate.cli.CeremonyRoom.crls;
import static dev.nameplate.cli.CeremonyRoom.enrolled;
import static dev.nameplate.cli.CeremonyRoom.foreignRequest;
import static dev.nameplate.cli.CeremonyRoom.hex;
import static dev.nameplate.cli.CeremonyRoom.init;
import static dev.nameplate.cli.CeremonyRoom.isSigned;
import static dev.nameplate.cli.CeremonyRoom.offline;
import static dev.nameplate.cli.CeremonyRoom.openssl;
import static dev.nameplate.cli.CeremonyRoom.otherShares;
import static dev.nameplate.cli.CeremonyRoom.place;
import static dev.nameplate.cli.CeremonyRoom.publicUrl;
import static dev.nameplate.cli.CeremonyRoom.request;
import static dev.nameplate.cli.CeremonyRoom.root;
import static dev.nameplate.cli.CeremonyRoom.run;
import static dev.nameplate.cli.CeremonyRoom.sha256;
import static dev.nameplate.cli.CeremonyRoom.sha256OfFile;
import static dev.nameplate.cli.CeremonyRoom.shares;
import static dev.nameplate.cli.CeremonyRoom.sharesNamed;
import static dev.nameplate.cli.CeremonyRoom.sign;
import static dev.nameplate.cli.CeremonyRoom.spki;
import static dev.nameplate.cli.CeremonyRoom.transcript;
import static dev.nameplate.cli.CeremonyRoom.transcriptsAreAway;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.server.Nameplate;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A ceremony that was broken off, done again, or brought what does not fit.
@Tag("hsm")
class CeremonyAgainTest {

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
}
