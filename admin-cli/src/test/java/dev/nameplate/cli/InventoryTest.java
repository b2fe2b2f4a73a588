package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.nameplate.ca.signing.Jws;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.Nameplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowingConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Devices in bulk, into a real server and out of it.
class InventoryTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String HEADER = "id,profile,model,site,group,lot,owner,hardware_serial\r\n";

  private static Path folder = Path.of("");
  private static Path np = Path.of("");
  private static @Nullable Nameplate server;

  @BeforeAll
  static void initAndServe() throws Exception {
    folder = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "inventory-");
    np = folder.resolve("np");
    new Shell()
        .run(
            "init",
            "--dir",
            np.toString(),
            "--org",
            "Acme Devices",
            "--est-port",
            "0",
            "--status-port",
            "0",
            "--admin-port",
            "0",
            "--metrics-port",
            "0")
        .ok();
    server = Nameplate.start(np);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void aFileIsTakenInOnceHoweverOftenItIsImported() throws Exception {
    var file =
        file(
            "once.csv",
            "id,lot,model\n"
                + IntStream.range(0, 2500)
                    .mapToObj("once-%d,L1,GW2"::formatted)
                    .collect(Collectors.joining("\n")));

    var dry = run("device", "import", file, "--dry-run", "-o", "json").ok();
    assertThat(json(dry.out()).path("created").asInt()).isEqualTo(2500);
    assertThat(run("device", "show", "once-7").exit()).isEqualTo(3);

    var first = json(run("device", "import", file, "-o", "json").ok().out());
    assertThat(first.path("rows").asInt()).isEqualTo(2500);
    assertThat(first.path("created").asInt()).isEqualTo(2500);
    var second = json(run("device", "import", file, "-o", "json").ok().out());
    assertThat(second.path("unchanged").asInt()).isEqualTo(2500);
    assertThat(second.path("created").asInt()).isZero();
  }

  @Test
  void whatCannotBeTakenInIsSaidRowByRowAndAllOthersAreTaken() throws Exception {
    run("device", "import", file("before.csv", "id,lot\nmixed-1,L1\nmixed-2,L1\n")).ok();
    run("device", "add", "mixed-gone").ok();
    run("device", "retire", "mixed-gone", "--reason", "cessationOfOperation").ok();
    var file =
        file(
            "mixed.csv",
            """
            id,profile,lot,site
            mixed-1,,L1,
            mixed-2,device,L2,
            MIXED-1,,L1,
            mixed-3,nothing,L1,
            not a name,,L1,
            mixed-4,,=1+1,
            mixed-gone,,L1,
            mixed-5,, L1,
            mixed-6,,L1,Graz
            mixed-6,,L1,Graz
            """);
    var results = folder.resolve("mixed.jsonl");

    var done = run("device", "import", file, "--results", results.toString());

    assertThat(done.exit()).isEqualTo(6);
    assertThat(done.err())
        .contains("line 3: mixed-2: conflict: lot is 'L1', and the row says 'L2'")
        .contains("7 of 10 rows failed");
    assertThat(Files.readAllLines(results))
        .satisfiesExactlyInAnyOrder(
            says(2, "unchanged", ""),
            says(3, "conflict", "lot is 'L1', and the row says 'L2'"),
            says(4, "conflict", "the name belongs to device:mixed-1"),
            says(5, "invalid", "there is no profile 'nothing' for devices"),
            says(6, "invalid", "not a device id: not a name"),
            says(7, "invalid", "lot: the cell begins like a formula"),
            says(8, "conflict", "it is ret"),
            says(9, "invalid", "lot: blank, or with blanks around it"),
            says(10, "created", ""),
            says(11, "unchanged", ""));
    assertThat(run("device", "show", "mixed-6").exit()).isZero();
    assertThat(run("device", "show", "mixed-4").exit()).isEqualTo(3);
  }

  @Test
  void attributesChangeOnlyWhereThatIsAskedForAndSerialsStayWithTheirDevice() throws Exception {
    run(
            "device",
            "import",
            file(
                "set.csv",
                "id,lot,site,hardware_serial\nset-1,L1,Graz,HW-set-1\nset-2,L1,,HW-set-2\n"))
        .ok();
    var changed =
        file(
            "set2.csv",
            "id,lot,hardware_serial\nset-1,L2,\nset-2,L2,HW-SET-2\nset-3,L1,hw-set-2\n");

    var refused = run("device", "import", changed);
    assertThat(refused.exit()).isEqualTo(6);
    assertThat(refused.err())
        .contains("set-1: conflict: lot is 'L1', and the row says 'L2'; hardware_serial is")
        .contains("set-3: conflict: the hardware serial belongs to device:set-2");

    var updated = run("device", "import", changed, "--update", "-o", "json");
    assertThat(json(updated.out()).path("updated").asInt()).isEqualTo(2);
    assertThat(json(updated.out()).path("conflict").asInt()).isEqualTo(1);
    assertThat(run("device", "export").ok().out())
        .contains("set-1,device,,Graz,,L2,,\r\n", "set-2,device,,,,L2,,HW-SET-2\r\n");
    var again = json(run("device", "import", changed, "--update", "-o", "json").out());
    assertThat(again.path("unchanged").asInt()).isEqualTo(2);
    assertThat(again.path("updated").asInt()).isZero();
  }

  @Test
  void secretsGoToAFileForItsOwnerAndNowhereElse() throws Exception {
    var rows = "id\nline-1\nline-2\n";
    var secrets = folder.resolve("line.secrets");

    var first =
        run("device", "import", file("line.csv", rows), "--secrets", secrets.toString()).ok();

    var lines = Files.readAllLines(secrets);
    assertThat(lines).hasSize(3).first().isEqualTo("id,secret,uses,expires");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secrets)))
        .isEqualTo("rw-------");
    var secret = lines.get(1).split(",", 4)[1];
    assertThat(secret).hasSize(32);
    assertThat(first.out() + first.err()).doesNotContain(secret);

    var one = folder.resolve("line-1.secret");
    Files.writeString(one, secret);
    run(
            "est",
            "enroll",
            lines.get(1).split(",", 4)[0],
            "--secret-file",
            one.toString(),
            "--out",
            folder.resolve("line-1").toString())
        .ok();
    // as if the power had failed in the middle of a line
    Files.writeString(secrets, String.join("\n", lines) + "\nline-3,hal");
    run("device", "import", file("line.csv", rows + "line-3\n"), "--secrets", secrets.toString())
        .ok();

    assertThat(Files.readAllLines(secrets))
        .hasSize(4)
        .startsWith(lines.get(0), lines.get(1), lines.get(2))
        .last()
        .asString()
        .matches("line-3,[a-z0-9]{32},1,.*Z");
  }

  @Test
  void aFileOfSecretsThatOthersMayReadIsNotWrittenTo() throws Exception {
    var open = folder.resolve("open.secrets");
    Files.writeString(open, "id,secret,uses,expires\n");
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));
    var rows = file("open.csv", "id\nopen-1\n");

    assertThat(run("device", "import", rows, "--secrets", open.toString()))
        .satisfies(
            refused -> assertThat(refused.exit()).isEqualTo(2),
            refused -> assertThat(refused.err()).contains("others may read it", "chmod 600"));
    assertThat(run("device", "import", rows, "--secrets", rows).exit()).isEqualTo(2);
    assertThat(Files.readString(Path.of(rows))).isEqualTo("id\nopen-1\n");
    assertThat(run("device", "show", "open-1").exit()).isEqualTo(3);
  }

  @Test
  void aFileThatBreaksOffIsTakenInUpToThereAndSaysWhere() throws Exception {
    var broken =
        run("device", "import", file("broken.csv", "id,lot\nbreaks-1,L1\nbreaks-2,\"L1\n"));

    assertThat(broken.exit()).isEqualTo(1);
    assertThat(broken.err()).contains("broken.csv, line 3: not CSV");
    assertThat(run("device", "show", "breaks-1").exit()).isZero();
    assertThat(run("device", "import", file("x.csv", "id,colour\n")).err())
        .contains("line 1: unknown column 'colour'; known are id, profile");
    assertThat(run("device", "import", file("devices.txt", "id\n")).exit()).isEqualTo(2);
  }

  @Test
  void importingAnExportWhereItCameFromChangesNothing() throws Exception {
    var lines =
        List.of(
            "round-1,device,=1+1,@home,-group,+lot,'quoted,\"say \"\"hi\"\", please\"",
            "round-2,device,'=x,''=y,\u00dcbelbach \u2708,\u0646\u200c\u0627,\u202eevil,#1",
            "round-3,device,,,,,,");
    // the first two are written as an export writes them
    var original =
        file(
            "round.csv",
            HEADER
                + lines.get(0).replace("=1+1,@home,-group,+lot", "'=1+1,'@home,'-group,'+lot")
                + "\r\n"
                + lines.get(1)
                + "\r\n"
                + lines.get(2)
                + "\r\n");
    run("device", "import", original).ok();

    for (var format : List.of("csv", "ndjson")) {
      var exported = folder.resolve("exported." + format);
      assertThat(run("device", "export", "--out", exported.toString()).ok().err())
          .startsWith("Wrote ");
      var again = json(run("device", "import", exported.toString(), "-o", "json").ok().out());
      assertThat(again.path("unchanged").asInt())
          .isEqualTo(again.path("rows").asInt())
          .isGreaterThanOrEqualTo(3);
      assertThat(run("device", "export", "--format", format).ok().out())
          .isEqualTo(Files.readString(exported));
    }
    assertThat(Files.readString(folder.resolve("exported.csv")))
        .startsWith(HEADER)
        .contains(Files.readAllLines(Path.of(original)).get(1))
        .contains(Files.readAllLines(Path.of(original)).get(2));
    var widths =
        new Tool("python3", "python3")
            .run(
                folder,
                "-c",
                """
                import csv
                rows = csv.reader(open('exported.csv', newline=''), strict=True)
                print({len(row) for row in rows})
                """)
            .ok();
    assertThat(widths.out().strip()).isEqualTo("{8}");
  }

  @Test
  void aLinesOperatorImportsNewDevicesOfTheirLotAndNothingElse() throws Exception {
    run("device", "import", file("other.csv", "id,lot,model\nother-1,L1,\nlot-1,L77,GW1\n")).ok();
    var context = administrator("line-77", "--role", "line-operator", "--lot", "L77");
    var rows =
        file("line-77.csv", "id,lot,model\nlot-1,L77,GW2\nlot-2,,GW2\nlot-3,L1,\nother-1,L77,\n");
    var results = folder.resolve("line-77.jsonl");

    var done =
        new Shell()
            .with("NAMEPLATE_CONTEXT", context)
            .run("device", "import", rows, "--update", "--results", results.toString());

    assertThat(done.exit()).isEqualTo(6);
    assertThat(Files.readAllLines(results))
        .satisfiesExactly(
            says(2, "conflict", "model is 'GW1', and the row says 'GW2'; it takes device-admin"),
            says(3, "created", ""),
            says(4, "conflict", "it would be out of lot=L77"),
            says(5, "conflict", "the name belongs to a device that is out of lot=L77"));
    assertThat(run("device", "export", "--where", "lot=L77").ok().out())
        .contains("lot-1,device,GW1", "lot-2,device,GW2")
        .doesNotContain("other-1");
  }

  @Test
  void nobodyImportsADeviceFromWhereTheyMayOnlyRegisterToWhereTheyMayDoMore() throws Exception {
    run("device", "import", file("twice.csv", "id,group\nboth-1,gA\nboth-2,gB\n")).ok();
    var context = administrator("two-roles", "--role", "line-operator", "--group", "gA");
    run("admin", "grant", "two-roles", "--role", "device-admin", "--group", "gB").ok();
    var rows = file("fetch.csv", "id,group,model\nboth-1,gB,\nboth-2,gB,GW2\n");
    var results = folder.resolve("fetch.jsonl");

    var done =
        new Shell()
            .with("NAMEPLATE_CONTEXT", context)
            .run("device", "import", rows, "--update", "--results", results.toString());

    assertThat(done.exit()).isEqualTo(6);
    assertThat(Files.readAllLines(results))
        .satisfiesExactly(
            says(2, "conflict", "group is 'gA', and the row says 'gB'; it takes device-admin"),
            says(3, "updated", ""));
    assertThat(run("device", "export", "--where", "group=gA").ok().out()).contains("both-1");
  }

  @Test
  void devicesAreHandedOverInAPackageThatTheTokenSigned() throws Exception {
    run("device", "import", file("sold.csv", "id,model,hardware_serial\nsold-1,GW2,HW-sold-1\n"))
        .ok();
    var out = folder.resolve("sold.jws");
    String[] transfer = {
      "device", "transfer", "sold-1", "--to", "Stadtwerke Graz", "--out", out.toString()
    };

    var live = run(transfer);
    assertThat(live.exit()).isEqualTo(5);
    assertThat(live.err()).contains("retire it first, with the reason affiliationChanged");
    run("device", "retire", "sold-1", "--reason", "affiliationChanged").ok();
    assertThat(run(transfer).ok().out()).containsPattern("devices +1").contains("SHA-256");
    assertThat(run(transfer).exit()).isEqualTo(5);

    var jws = Jws.parse(Files.readString(out).strip());
    assertThat(json(jws.payload()).at("/devices/0/hardware_serial").asText())
        .isEqualTo("HW-sold-1");
    assertThat(run("device", "explain", "sold-1").ok().out())
        .contains("handed over to Stadtwerke Graz");
    // where it came from its name is kept for ever
    var here =
        run("device", "receive", out.toString(), "--trust", np.resolve("trust.pem").toString());
    assertThat(here.exit()).isEqualTo(6);
    assertThat(here.out()).contains("the name belonged to device:sold-1, which was retired");
    var stranger = TestAuthority.root("Other Root", KeyType.EC_P256, Instant.EPOCH);
    var trust = file("other.pem", Pem.encode(stranger.certificate()));
    assertThat(run("device", "receive", out.toString(), "--trust", trust))
        .satisfies(
            refused -> assertThat(refused.exit()).isEqualTo(5),
            refused -> assertThat(refused.err()).contains("who signed it is not trusted"));
  }

  @Test
  void whatWasTakenBackIsExportedOnlyWhereItIsAskedFor() throws Exception {
    run("device", "add", "leaves-1").ok();
    run("device", "add", "leaves-2").ok();
    run("device", "retire", "leaves-1", "--reason", "cessationOfOperation").ok();

    var all = run("device", "export").ok().out();
    assertThat(all).contains("leaves-2").doesNotContain("leaves-1");
    assertThat(run("device", "export", "--state", "registered", "--details").ok().out())
        .containsPattern("leaves-2,device,,,,,,,registered,1,20[^,]+Z,\r\n");
  }

  /// @return where their context is
  private static String administrator(String name, String... role) throws IOException {
    var secret = folder.resolve(name + ".secret").toString();
    run(Stream.of(
                Stream.of("admin", "add", name),
                Stream.of(role),
                Stream.of("--secret-file", secret))
            .flatMap(part -> part)
            .toArray(String[]::new))
        .ok();
    var context = new ObjectMapper(new YAMLFactory()).readTree(np.resolve("context.yaml").toFile());
    run(
            "admin",
            "enroll",
            name,
            "--secret-file",
            secret,
            "--trust",
            np.resolve("trust.pem").toString(),
            "--url",
            context.path("est_url").asText(),
            "--admin-url",
            context.path("admin_url").asText(),
            "--out",
            folder.resolve(name).toString())
        .ok();
    return folder.resolve(name + "/context.yaml").toString();
  }

  private static ThrowingConsumer<String> says(long line, String outcome, String detail) {
    return text -> {
      var json = json(text);
      assertThat(json.path("line").asLong()).isEqualTo(line);
      assertThat(json.path("outcome").asText()).isEqualTo(outcome);
      assertThat(json.path("detail").asText()).startsWith(detail);
      assertThat(json.has("secret")).isFalse();
    };
  }

  private static String file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content).toString();
  }

  private static Shell.Result run(String... arguments) {
    return new Shell().with("NAMEPLATE_DIR", np.toString()).run(arguments);
  }

  private static JsonNode json(String text) throws IOException {
    return JSON.readTree(text);
  }
}
