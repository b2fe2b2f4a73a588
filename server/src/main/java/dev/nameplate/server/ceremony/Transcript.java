package dev.nameplate.server.ceremony;

import dev.nameplate.ca.signing.KeyEvidence;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.server.Version;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.function.Consumer;

/// What was done at a ceremony, when and by whom, as a text that people read and sign: fingerprints
/// and file hashes, never a secret. At the end it is signed by the key that it is about, so that
/// nobody can change it without the custodians. Not thread-safe.
final class Transcript {

  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final StringBuilder text = new StringBuilder();
  private final InstantSource clock;
  private final Consumer<String> progress;
  private final Instant begun;
  private final String act;

  /// @param act what is done: `root`
  /// @param progress hears each step, too
  Transcript(String act, People people, InstantSource clock, Consumer<String> progress) {
    this.act = act;
    this.clock = clock;
    this.progress = progress;
    this.begun = now();
    var title = "Nameplate key ceremony: " + act;
    text.append(title).append('\n').append("=".repeat(title.length())).append("\n\n");
    fact("begun", begun + ", by the clock of this machine");
    fact(
        "software",
        "Nameplate %s, Java %s (%s), %s %s"
            .formatted(
                Version.text(),
                System.getProperty("java.version"),
                System.getProperty("java.vendor"),
                System.getProperty("os.name"),
                System.getProperty("os.version")));
    people.custodians().forEach(name -> fact("custodian", name));
    people.witnesses().forEach(name -> fact("witness", name));
    text.append('\n');
  }

  /// Something that was found to be so.
  void fact(String name, String value) {
    text.append("%-22s %s%n".formatted(name, printable(value)).replace("\r\n", "\n"));
  }

  /// Something that was done.
  void step(String what) {
    text.append(now()).append("  ").append(printable(what)).append('\n');
    progress.accept(what);
  }

  void certificate(String which, Certificate certificate) {
    fact(which, certificate.subject().toString());
    fact("  serial", certificate.serial().hex());
    fact("  valid", certificate.notBefore() + " to " + certificate.notAfter());
    fact("  SHA-256", certificate.sha256());
    fact("  SHA-256 of its key", certificate.publicKey().fingerprint().hex());
  }

  /// What the token shows for a key, kept in a file.
  void evidence(KeyEvidence evidence, Path shown, Path file) throws CeremonyException {
    var exposures = evidence.exposures().stream().map(KeyEvidence.Attempt::what).toList();
    NewFile.write(file, evidence.toJson());
    fact("  evidence", shown.toString());
    fact("    SHA-256", evidence.sha256());
    fact(
        "    the key can get out",
        exposures.isEmpty() ? "nothing that was tried let it out" : "BY " + exposures);
  }

  void crl(Crl crl) {
    fact("CRL", "number " + crl.number() + " of " + crl.issuer());
    fact("  valid", crl.thisUpdate() + " to " + crl.nextUpdate());
    crl.entries()
        .forEachRemaining(entry ->
            fact(
                "  revoked",
                entry.serial().hex() + " at " + entry.at() + " reason " + entry.reason()));
    fact("  SHA-256", crl.der().sha256Hex());
  }

  void file(Path shown, Path file) throws CeremonyException {
    fact("file", shown.toString());
    fact("  SHA-256", NewFile.hash(file));
  }

  /// Ends it, signs it, and writes it beside its signature.
  ///
  /// @param folder where to, made beforehand
  SignedTranscript sign(SigningKey key, Path folder) throws CeremonyException {
    text.append('\n');
    fact("ended", now().toString());
    fact("signed by the key", key.publicKey().fingerprint().hex());
    fact("  with", key.algorithm().jcaName());
    for (int line = 0; line < 3; line++) {
      text.append("\n\n____________________________   name, date");
    }
    text.append('\n');
    var bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    var name = STAMP.format(begun) + "-" + act.replace(' ', '-');
    var file = folder.resolve(name + ".txt");
    for (int second = 2; Files.exists(file); second++) {
      file = folder.resolve(name + "-" + second + ".txt");
    }
    var signature = key.sign(bytes);
    if (!key.publicKey().verifies(key.algorithm(), bytes, signature)) {
      throw new CeremonyException("the token gave a wrong signature for the transcript");
    }
    NewFile.write(file, bytes);
    NewFile.write(file.resolveSibling(file.getFileName() + ".sig"), signature);
    return new SignedTranscript(file, Der.of(bytes).sha256Hex());
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }

  /// A name from a request or a token must not make lines of its own.
  private static String printable(String text) {
    var plain = new StringBuilder();
    text.codePoints()
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
        .forEach(plain::appendCodePoint);
    return plain.toString();
  }
}
