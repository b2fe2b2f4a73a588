package dev.nameplate.cli;

import static dev.nameplate.cli.CeremonyRoom.crl;
import static dev.nameplate.cli.CeremonyRoom.elsewhere;
import static dev.nameplate.cli.CeremonyRoom.otherShares;
import static dev.nameplate.cli.CeremonyRoom.place;
import static dev.nameplate.cli.CeremonyRoom.root;
import static dev.nameplate.cli.CeremonyRoom.rootCommand;
import static dev.nameplate.cli.CeremonyRoom.run;
import static dev.nameplate.cli.CeremonyRoom.shares;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Who has to be there before the root signs.
@Tag("hsm")
class CeremonyCustodyTest {

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
}
