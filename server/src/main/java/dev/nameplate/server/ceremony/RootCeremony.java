package dev.nameplate.server.ceremony;

import dev.nameplate.ca.signing.KeyEvidence;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.server.setup.InitException;
import dev.nameplate.server.setup.Workshop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/// Makes an offline root: its token or its key in one, its certificate, its first CRL, and the
/// transcript. All of it is made beside the wanted folder and moved there at the end, so that a
/// ceremony that was broken off left nothing that could be taken for a root; what it may have left
/// is said where the next attempt finds it.
public final class RootCeremony {

  /// What was made.
  public record Made(Certificate root, Crl crl, SignedTranscript transcript) {}

  private static final String KEY = "root";
  private static final String EVIDENCE = "evidence.json";
  private static final int PIN_BYTES = 16;
  private static final int NONCE_BYTES = 32;

  private final RootOptions options;
  private final Custody custody;
  private final People people;
  private final Custody.Showing showing;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Consumer<String> progress;

  /// @param showing shows shares to those custodians who want no file
  /// @param random as good as the key: a SecureRandom
  /// @param progress hears each step
  public RootCeremony(
      RootOptions options,
      Custody custody,
      People people,
      Custody.Showing showing,
      InstantSource clock,
      RandomGenerator random,
      Consumer<String> progress) {
    this.options = options;
    this.custody = custody;
    this.people = people;
    this.showing = showing;
    this.clock = clock;
    this.random = random;
    this.progress = progress;
  }

  /// Makes all of it, or nothing.
  ///
  /// @throws CeremonyException that says what went wrong, and what is left of it
  public Made run() throws CeremonyException {
    requireSharesCanBe();
    try {
      return new Workshop(options.dir())
          .make(dir -> {
            try {
              return build(dir);
            } catch (CeremonyException failed) {
              throw new InitException(
                  options.dir() + " was not made: " + failed.getMessage(), failed);
            }
          });
    } catch (InitException failed) {
      var left =
          options.module().isEmpty()
              ? ""
              : ". If its key \"%s\" was made in token %s by then, it is still there, and has signed"
                      .formatted(KEY, options.token())
                  + " nothing that left: destroy it with the token's own tools first";
      throw new CeremonyException(failed.getMessage() + left, failed);
    }
  }

  private void requireSharesCanBe() throws CeremonyException {
    if (!(custody instanceof Custody.Shares shares)) {
      return;
    }
    if (options.module().isPresent()) {
      throw new CeremonyException(
          "the PIN of a token that is there already cannot be a new one, in shares: enter it in two"
              + " halves, or use the token's own M of N");
    }
    SecretSharing.requireInstalled();
    for (var holder : shares.holders()) {
      if (holder.file().filter(Files::exists).isPresent()) {
        throw new CeremonyException(
            holder.file().get()
                + " is there already, and is never written over. If an earlier attempt was broken"
                + " off and "
                + options.dir()
                + " is not there, this share opens nothing: remove it");
      }
    }
  }

  private Made build(Path dir) throws CeremonyException, IOException {
    var transcript = new Transcript("root", people, clock, progress);
    var pin = pin();
    try (var token = token(dir, pin, transcript)) {
      var generated = token.vault().generate(KEY, options.key());
      var record =
          new RootRecord(
              options.token(),
              options.module().map(Path::toString).orElse(null),
              generated.location().label(),
              generated.location().id(),
              generated.location().fingerprint().hex(),
              custody instanceof Custody.Shares shares ? shares.threshold() : 0,
              options.module().isPresent() ? null : PinCheck.of(pin, random),
              options.publicUrl());
      transcript.step(
          "made the key \"%s\" of type %s in the token".formatted(KEY, options.key().text()));
      transcript.fact("  CKA_ID", record.keyId());
      transcript.fact("  SHA-256 of its key", record.spkiSha256());
      var nonce = new byte[NONCE_BYTES];
      random.nextBytes(nonce);
      var evidence = token.vault().evidence(generated.location(), nonce, clock.instant());
      requireThatItStays(evidence);
      transcript.evidence(evidence, Path.of(EVIDENCE), dir.resolve(EVIDENCE));
      var root =
          new RootWork(dir, record, clock, random)
              .selfSigned(options.name(), options.names(), options.validity(), generated.key());
      transcript.step("the root signed its own certificate");
      transcript.certificate("root", root);
      transcript.fact("  may be followed by", "one authority (pathLen 1)");
      transcript.fact(
          "  limited to", options.names().map(Object::toString).orElse("no names: not limited"));
      var signing = RootWork.of(dir, record, root, generated.key(), clock, random);
      var crl = signing.crl(List.of(), options.crlValidity());
      transcript.step("the root signed its first CRL");
      transcript.crl(crl);
      record.write(dir);
      var written = new ArrayList<Path>();
      try {
        share(pin, transcript, written);
        for (var file : List.of(RootWork.CERTIFICATE, RootRecord.FILE, RootWork.path(crl))) {
          transcript.file(Path.of(file), dir.resolve(file));
        }
        var signed = transcript.sign(generated.key(), RootWork.transcripts(dir));
        signing.work().recordedCrls();
        return new Made(
            root,
            crl,
            new SignedTranscript(
                options.dir().resolve(dir.relativize(signed.file())), signed.sha256()));
      } catch (CeremonyException | RuntimeException failed) {
        // they would be of a token that is not there
        for (var file : written) {
          Files.deleteIfExists(file);
        }
        throw failed;
      }
    } catch (SigningException refused) {
      throw new CeremonyException(String.valueOf(refused.getMessage()), refused);
    } finally {
      Arrays.fill(pin, (byte) 0);
    }
  }

  private static void requireThatItStays(KeyEvidence evidence) throws CeremonyException {
    var exposures = evidence.exposures();
    if (!exposures.isEmpty()) {
      throw new CeremonyException(
          "the new key %s can get out of token %s and is none for a root: the token let us %s."
                  .formatted(
                      evidence.key().label(),
                      evidence.key().token(),
                      exposures.stream()
                          .map(KeyEvidence.Attempt::what)
                          .collect(Collectors.joining("; ")))
              + " If the token was there before, the key is left in it: destroy it");
    }
  }

  private RootToken token(Path dir, byte[] pin, Transcript transcript) {
    if (options.module().isEmpty()) {
      RootToken.make(dir, options.token(), pin, random);
      transcript.step(
          "made the SoftHSM token \"" + options.token() + "\" in the root's own folder");
      transcript.fact("  SO PIN", "random, kept by nobody: no new PIN can ever be set");
    }
    var token = RootToken.open(dir, options.module(), options.token(), pin.clone(), random, clock);
    transcript.step("opened the token \"" + options.token() + "\"");
    transcript.fact("  token", token.description());
    transcript.fact(
        "  library", options.module().map(Path::toString).orElse("SoftHSM, in this folder"));
    return token;
  }

  private byte[] pin() throws CeremonyException {
    return switch (custody) {
      case Custody.Halves(var parts) -> {
        if (options.module().isEmpty() && parts.shorter() < Custody.Halves.SHORTEST) {
          throw new CeremonyException(
              "each half of the PIN must have " + Custody.Halves.SHORTEST + " characters or more");
        }
        yield parts.joined();
      }
      case Custody.Shares _ -> {
        var bytes = new byte[PIN_BYTES];
        random.nextBytes(bytes);
        yield HexFormat.of().formatHex(bytes).getBytes(StandardCharsets.US_ASCII);
      }
    };
  }

  private void share(byte[] pin, Transcript transcript, List<Path> written)
      throws CeremonyException {
    switch (custody) {
      case Custody.Halves _ ->
          transcript.step("the PIN is in two halves, each known to one custodian");
      case Custody.Shares(var threshold, var holders) -> {
        var shares = SecretSharing.split(pin.clone(), threshold, holders.size());
        requireTheyMakeIt(pin, shares, threshold);
        for (int i = 0; i < shares.size(); i++) {
          var holder = holders.get(i);
          if (holder.file().isPresent()) {
            NewFile.write(
                holder.file().get(), text(i + 1, shares.size(), threshold, holder, shares.get(i)));
            written.add(holder.file().get());
          } else {
            showing.show(holder.name(), shares.get(i));
          }
          transcript.step(
              "share %d of %d (any %d make the PIN) went to %s%s"
                  .formatted(
                      i + 1,
                      shares.size(),
                      threshold,
                      holder.name(),
                      holder.file().isPresent() ? ", in a file" : ", on paper"));
        }
      }
    }
  }

  /// Before anybody carries one away.
  private static void requireTheyMakeIt(byte[] pin, List<String> shares, int threshold)
      throws CeremonyException {
    for (var some :
        List.of(
            shares.subList(0, threshold),
            shares.subList(shares.size() - threshold, shares.size()))) {
      var made = SecretSharing.combine(some);
      if (!Arrays.equals(made, pin)) {
        throw new CeremonyException("the shares that ssss-split gave do not make the PIN");
      }
      Arrays.fill(made, (byte) 0);
    }
  }

  private String text(int number, int count, int threshold, Custody.Holder holder, String share) {
    return """
    Nameplate: share %d of %d of the PIN of token %s. Any %d of them open it.
    Custodian: %s
    %s
    """
        .formatted(number, count, options.token(), threshold, holder.name(), share);
  }
}
