package dev.nameplate.server.ceremony;

import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.NameConstraints;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.server.FolderLock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// A root in its folder, on a machine that is connected to nothing. Everything that it signs is
/// asked for here, and written down.
public final class OfflineRoot {

  /// What was certified.
  ///
  /// @param transcript empty if it was certified before, and another one tells of it
  public record Certified(Certificate certificate, Optional<SignedTranscript> transcript) {}

  /// The CRL that was made.
  public record Listed(Crl crl, SignedTranscript transcript) {}

  private static final Duration ISSUING_LIFE = Duration.ofDays(3653);
  private static final String BROKEN_OFF = " was signed in an attempt that was broken off";

  @FunctionalInterface
  private interface Act<T> {
    T with(RootWork.Signing root, Transcript transcript) throws CeremonyException;
  }

  private final Path dir;
  private final People people;
  private final PinParts.Entry entry;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Consumer<String> progress;

  /// @param entry asks the custodians, if something has to be signed
  /// @param random as good as a key: a SecureRandom
  /// @param progress hears each step
  public OfflineRoot(
      Path dir,
      People people,
      PinParts.Entry entry,
      InstantSource clock,
      RandomGenerator random,
      Consumer<String> progress) {
    this.dir = dir;
    this.people = people;
    this.entry = entry;
    this.clock = clock;
    this.random = random;
    this.progress = progress;
  }

  /// Certifies an issuing authority with pathLen 0. The same request gets the same certificate, as
  /// long as that is good.
  ///
  /// @param request PEM, as the online half wrote it
  /// @param key the SHA-256 of the public key in the request, as people carried it here on paper
  /// @param validity how long it is good; empty for ten years, or as it was certified before
  /// @param names to which names it is limited; a root that is limited hands its limits down
  /// @param out the new file with the certificate
  public Certified certify(
      Path request,
      String key,
      Optional<Duration> validity,
      Optional<NameConstraints> names,
      Path out)
      throws CeremonyException {
    return locked(record -> {
      var csr = RootWork.csr(request);
      requireKey(csr, key);
      var work = new RootWork(dir, record, clock, random);
      var before = work.issuedFor(csr);
      var limits = RootWork.limits(work.root()).names();
      if (before.isPresent()) {
        requireAsBefore(work, before.get(), validity, names.or(() -> limits));
        NewFile.ensure(out, Pem.encode(before.get()).getBytes(StandardCharsets.US_ASCII));
        return work.isUnrecorded(before.get())
            ? record(record, request, before.get(), out)
            : new Certified(before.get(), Optional.empty());
      }
      NewFile.requireFree(out);
      if (limits.isPresent() && names.isPresent() && !limits.equals(names)) {
        throw new CeremonyException(
            "the root is limited to names already, and so is all below it: " + limits.get());
      }
      return signing(
          "issuing sign",
          record,
          (root, transcript) -> {
            transcript.file(request, request);
            transcript.fact("  asks for", csr.subject().toString());
            transcript.fact("  SHA-256 of its key", csr.publicKey().fingerprint().hex());
            transcript.fact("  compared with paper", "yes");
            var certificate =
                root.certify(csr, validity.orElse(ISSUING_LIFE), names.or(() -> limits));
            transcript.step("the root certified an issuing authority");
            transcript.certificate("issuing", certificate);
            transcript.fact("  may be followed by", "no authority (pathLen 0)");
            transcript.fact(
                "  limited to",
                names.or(() -> limits).map(Object::toString).orElse("no names: not limited"));
            NewFile.write(out, Pem.encode(certificate));
            transcript.file(out, out);
            return signed -> {
              work.recorded(certificate);
              return new Certified(certificate, Optional.of(signed));
            };
          });
    });
  }

  private static void requireAsBefore(
      RootWork work,
      Certificate before,
      Optional<Duration> validity,
      Optional<NameConstraints> names)
      throws CeremonyException {
    if (!RootWork.limits(before).names().equals(names)
        || (validity.isPresent() && !work.lasts(before, validity.get()))) {
      throw new CeremonyException(
          "this request was certified before with other limits; revoke %s first"
              .formatted(before.serial().hex()));
    }
  }

  /// The transcript that an attempt before did not come to write.
  private Certified record(RootRecord record, Path request, Certificate certificate, Path out)
      throws CeremonyException {
    return signing(
        "issuing sign",
        record,
        (root, transcript) -> {
          transcript.file(request, request);
          transcript.step("the certificate " + certificate.serial().hex() + BROKEN_OFF);
          transcript.certificate("issuing", certificate);
          transcript.file(out, out);
          return signed -> {
            root.work().recorded(certificate);
            return new Certified(certificate, Optional.of(signed));
          };
        });
  }

  /// Makes the next CRL: a new one before the one before is over, or when one of those that the
  /// root certified is revoked.
  ///
  /// @param revoked what is revoked from now on, and why
  /// @param out the new file with the CRL, in DER
  public Listed crl(Map<SerialNumber, RevocationReason> revoked, Duration validity, Path out)
      throws CeremonyException {
    return locked(record -> {
      NewFile.requireFree(out);
      var work = new RootWork(dir, record, clock, random);
      var entries = entries(work, revoked);
      var unfinished = work.unfinished();
      var unrecorded = work.unrecordedCrls();
      return signing(
          "crl",
          record,
          (root, transcript) -> {
            for (var crl : unrecorded) {
              transcript.step("the CRL " + crl.number() + BROKEN_OFF);
              transcript.crl(crl);
            }
            revoked.forEach((serial, reason) ->
                transcript.step(
                    entries.stream().anyMatch(entry -> entry.serial().equals(serial))
                        ? "revoked " + serial.hex() + " (" + reason + ")"
                        : serial.hex() + " is on the CRL already"));
            unfinished.forEach(serial ->
                transcript.step(
                    "revoked "
                        + serial.hex()
                        + ": an attempt to sign it was broken off, and a signature may exist"));
            var made = root.crl(entries, validity);
            transcript.step("the root signed a CRL");
            transcript.crl(made);
            NewFile.write(out, made.der().toByteArray());
            transcript.file(out, out);
            return signed -> {
              work.recordedCrls();
              return new Listed(made, signed);
            };
          });
    });
  }

  // ---- the steps

  @FunctionalInterface
  private interface Locked<T> {
    T with(RootRecord record) throws CeremonyException;
  }

  @FunctionalInterface
  private interface Ending<T> {
    T of(SignedTranscript transcript) throws CeremonyException;
  }

  private <T> T locked(Locked<T> work) throws CeremonyException {
    var record = RootRecord.read(dir);
    try (var _ =
        FolderLock.tryAcquire(dir)
            .orElseThrow(() -> new CeremonyException(dir + " is in use by another process"))) {
      return work.with(record);
    } catch (IOException failed) {
      throw new CeremonyException(dir + " cannot be used: " + failed, failed);
    }
  }

  private <T> T signing(String act, RootRecord record, Act<Ending<T>> work)
      throws CeremonyException {
    var certificate = new RootWork(dir, record, clock, random).root();
    int parts = record.threshold() > 0 ? record.threshold() : 2;
    if (people.custodians().size() < parts) {
      throw new CeremonyException(
          "%d custodians are needed, and %d named: --custodian NAME, once for each who is here"
              .formatted(parts, people.custodians().size()));
    }
    var transcript = new Transcript(act, people, clock, progress);
    var pin = entry.ask(record.threshold(), record.token()).joined();
    if (record.check() != null && !record.check().accepts(pin)) {
      Arrays.fill(pin, (byte) 0);
      throw new CeremonyException(
          "these "
              + (record.threshold() > 0 ? "shares" : "halves")
              + " do not make the PIN of token "
              + record.token()
              + "; it was not tried on the token");
    }
    var module = Optional.ofNullable(record.module()).map(Path::of);
    try (var token = RootToken.open(dir, module, record.token(), pin, random, clock)) {
      transcript.step("opened the token \"" + record.token() + "\"");
      transcript.fact("  token", token.description());
      transcript.fact("  root", certificate.subject().toString());
      transcript.fact("  SHA-256", certificate.sha256());
      var key = token.vault().find(record.location());
      var root = RootWork.of(dir, record, certificate, key, clock, random);
      var ending = work.with(root, transcript);
      return ending.of(transcript.sign(key, RootWork.transcripts(dir)));
    } catch (SigningException refused) {
      throw new CeremonyException(String.valueOf(refused.getMessage()), refused);
    }
  }

  private static void requireKey(Csr csr, String key) throws CeremonyException {
    var found = csr.publicKey().fingerprint().hex();
    if (!found.equalsIgnoreCase(key.replaceAll("[:\\s]", ""))) {
      throw new CeremonyException(
          "the request is for the key "
              + found
              + ", and not for the one that was read out: somebody may have exchanged it on the"
              + " way");
    }
  }

  private List<RevokedEntry> entries(RootWork work, Map<SerialNumber, RevocationReason> revoked)
      throws CeremonyException {
    var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    var latest = work.latestCrl();
    var issued = work.issued().stream().map(Certificate::serial).toList();
    var entries = new ArrayList<RevokedEntry>();
    for (var each : revoked.entrySet()) {
      var serial = each.getKey();
      if (!issued.contains(serial)) {
        throw new CeremonyException("the root certified nothing with the serial " + serial.hex());
      }
      if (latest.filter(crl -> RootWork.lists(crl, serial)).isPresent()) {
        continue; // by an attempt before, perhaps, that was broken off
      }
      entries.add(
          new RevokedEntry(serial, new RevocationRecord(now, each.getValue(), Optional.empty())));
    }
    return entries;
  }
}
