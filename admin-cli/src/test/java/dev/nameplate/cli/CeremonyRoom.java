package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
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

/// What the tests of ceremonies share: the commands, and what openssl and files say of their
/// outcome.
final class CeremonyRoom {

  private static final Path FOLDER = makeFolder();
  private static final Pattern SHARE = Pattern.compile("(?m)^\\d-[0-9a-f]{32}$");

  private CeremonyRoom() {}

  static Shell.Result init(Path np) {
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

  static Shell.Result root(Path dir, String publicUrl, List<String> custody, String... more) {
    var all = new ArrayList<>(List.of(rootCommand(dir, publicUrl, custody)));
    all.addAll(List.of(more));
    return run(all.toArray());
  }

  static String[] rootCommand(Path dir, String publicUrl, List<String> custody) {
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

  static List<String> shares(Path place) {
    return sharesNamed(place, "");
  }

  static List<String> otherShares(Path place) {
    return sharesNamed(place, "other-");
  }

  static List<String> sharesNamed(Path place, String prefix) {
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

  static Shell.Result request(Path np, Path csr) {
    return run("ceremony", "issuing", "request", "--dir", np, "--org", "Acme", "--out", csr);
  }

  static Shell.Result sign(
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

  static Path foreignRequest(Path place) {
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
  static void transcriptsAreAway(Path root, boolean away) throws IOException {
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

  static Shell.Result crl(Path root, Path out, Path place, List<String> custodians) {
    var all = new ArrayList<Object>(List.of("ceremony", "crl", "--dir", root, "--out", out));
    all.addAll(List.of("--custodian", "Alice", "--custodian", "Bob"));
    custodians.forEach(name -> all.addAll(List.of("--share", place.resolve(name))));
    return run(all.toArray());
  }

  static Shell.Result offline(Path root, Path out, Path place, String... more) throws Exception {
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

  static Shell.Result bring(Path np, Path root, Path issuing, Path crl, String sha256) {
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

  static Shell.Result elsewhere(String... arguments) throws Exception {
    return new OtherMachine().run(arguments);
  }

  static Shell.Result run(Object... arguments) {
    return new Shell().run(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
  }

  static Shell.Result run(Path np, Object... arguments) {
    return new Shell()
        .with("NAMEPLATE_DIR", np.toString())
        .run(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
  }

  static Path enrolled(Path np, Path place, String device) {
    var secret = place.resolve(device + ".secret");
    run(np, "device", "add", device, "--secret-file", secret).ok();
    run(np, "est", "enroll", device, "--secret-file", secret, "--out", place.resolve(device)).ok();
    return place.resolve(device).resolve("cert.pem");
  }

  static void noDeviceIsCertifiedAnyMore(Path np, Path place) {
    var secret = place.resolve("late.secret");
    run(np, "device", "add", "late", "--secret-file", secret).ok();
    var refused =
        run(np, "est", "enroll", "late", "--secret-file", secret, "--out", place.resolve("late"));
    assertThat(refused.exit()).isNotZero();
    assertThat(refused.err()).contains("503");
  }

  // ---- what others see

  static void verify(Path root, Path issuing, Path device, Path rootCrl, Path issuingCrl)
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

  static String ocsp(Path np, Path root, Path issuing, Path device) throws IOException {
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

  static String ocspWithoutAChain(Path np, Path issuing, Path device) throws IOException {
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

  static void crlOf(Path np, String issuer, String scope, Path out) throws Exception {
    var url =
        Pattern.compile("http://\\S+\\.crl")
            .matcher(run(np, "crl", "show", issuer, scope).ok().out())
            .results()
            .findFirst()
            .orElseThrow()
            .group();
    Tool.CURL.run(FOLDER, "-sS", "--fail", "-o", out.toString(), url).ok();
  }

  /// Signed by the key of this certificate or request, as openssl sees it.
  static void isSigned(Path place, String act, Path by) throws IOException {
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

  static String transcript(Path folder, String act) throws IOException {
    return Files.readString(transcriptFile(folder, act));
  }

  static Path transcriptFile(Path folder, String act) throws IOException {
    try (var files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().matches(".*-" + act + "(-\\d)?\\.txt"))
          .max(Path::compareTo)
          .orElseThrow();
    }
  }

  static void nothingSecretIsIn(Path transcripts, Path place) throws IOException {
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
  static void theRootIsNowhereIn(Path np) throws IOException {
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

  static void whatNeedsTheRootIsRefusedBeforeAnythingIsMade(Path np) throws IOException {
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

  static long keys(Path np) throws IOException {
    try (var files = Files.walk(np.resolve("token/tokens"))) {
      return files.filter(file -> file.toString().endsWith(".object")).count();
    }
  }

  static String publicUrl(Path np) throws IOException {
    return Files.readAllLines(np.resolve("nameplate.yaml")).stream()
        .filter(line -> line.startsWith("public_url: "))
        .findFirst()
        .orElseThrow()
        .substring("public_url: ".length());
  }

  static String sha256(Path certificate) {
    return openssl("x509", "-in", certificate, "-noout", "-fingerprint", "-sha256")
        .replaceAll("(?s).*=|:|\\s", "")
        .toLowerCase(Locale.ROOT);
  }

  static String sha256OfFile(Path file) {
    return openssl("dgst", "-sha256", "-r", file).substring(0, 64);
  }

  /// The SHA-256 of the public key, computed by openssl.
  static String spki(Path csr) throws IOException {
    var key =
        Files.writeString(
            Files.createTempFile("key", ".pem"), openssl("req", "-in", csr, "-noout", "-pubkey"));
    var der = Files.createTempFile("key", ".der");
    openssl("pkey", "-pubin", "-in", key, "-outform", "DER", "-out", der);
    return openssl("dgst", "-sha256", "-r", der).substring(0, 64);
  }

  static String serial(Path certificate) {
    return openssl("x509", "-in", certificate, "-noout", "-serial").strip().substring(7);
  }

  static String hex(Path certificate) {
    return serial(certificate).toLowerCase(Locale.ROOT);
  }

  static Path pemCrl(Path der) throws IOException {
    var pem = Files.createTempFile(FOLDER, "crl", ".pem");
    openssl("crl", "-inform", "DER", "-in", der, "-out", pem);
    return pem;
  }

  static List<Path> crls(Path root) throws IOException {
    try (var files = Files.list(root.resolve("crl"))) {
      return files.sorted().toList();
    }
  }

  static void copy(Path from, Path to) throws IOException {
    try (var all = Files.walk(from)) {
      for (var path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  static Path place(String name) throws IOException {
    return Files.createDirectory(FOLDER.resolve(name));
  }

  static String openssl(Object... arguments) {
    var result =
        Tool.OPENSSL.run(
            FOLDER, Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
    assertThat(result.exit()).as(result.output()).isZero();
    return result.output();
  }

  private static Path makeFolder() {
    try {
      return Files.createTempDirectory(
          Files.createDirectories(Path.of("target").toAbsolutePath()), "ceremony-");
    } catch (IOException unwritable) {
      throw new UncheckedIOException(unwritable);
    }
  }
}
