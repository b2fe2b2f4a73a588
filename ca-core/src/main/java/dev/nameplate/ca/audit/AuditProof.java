package dev.nameplate.ca.audit;

import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.CertificatePath;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is known of the rows of the audit log besides the rows: the checkpoints, as the database
/// has them and as they were exported, and where the chains end. Give it all of that first, and
/// then the rows to an [AuditVerifier]. Holds some 300 bytes for each checkpoint. Not thread-safe.
public final class AuditProof {

  /// How much later than its stamp a row may be committed, and how far clocks of nodes differ.
  static final Duration TOLERANCE = Duration.ofMinutes(5);

  /// The rows of one chain that checkpoints sign, in order.
  static final class Points {

    private long[] sequences = new long[4];
    private long[] numbers = new long[4];
    private byte[][] hashes = new byte[4][];
    private int count;

    /// @return what is wrong with it, if it does not go on from the last one
    @Nullable String add(long number, ChainHead head) {
      var hash = HexFormat.of().parseHex(head.hash());
      if (count > 0) {
        long last = sequences[count - 1];
        if (head.sequence() < last) {
          return "it says that chain %s ends at row %d, and checkpoint %d said %d"
              .formatted(head.chain(), head.sequence(), numbers[count - 1], last);
        }
        if (head.sequence() == last) {
          return Arrays.equals(hash, hashes[count - 1])
              ? null
              : "it names another hash of row %d of chain %s than checkpoint %d"
                  .formatted(last, head.chain(), numbers[count - 1]);
        }
      }
      if (count == sequences.length) {
        sequences = Arrays.copyOf(sequences, count * 2);
        numbers = Arrays.copyOf(numbers, count * 2);
        hashes = Arrays.copyOf(hashes, count * 2);
      }
      sequences[count] = head.sequence();
      numbers[count] = number;
      hashes[count++] = hash;
      return null;
    }

    int count() {
      return count;
    }

    long sequence(int index) {
      return sequences[index];
    }

    long number(int index) {
      return numbers[index];
    }

    boolean names(int index, String hash) {
      return HexFormat.of().formatHex(hashes[index]).equals(hash);
    }
  }

  private final List<Certificate> roots;
  private final Map<String, Points> points = new HashMap<>();
  private final Map<String, Long> ends = new HashMap<>();
  private final Set<Long> known = new HashSet<>();
  private final Map<String, Long> byHash = new HashMap<>();
  private final List<Checkpoint.Lost> lost = new ArrayList<>();
  private final Map<List<Certificate>, Instant> believed = new HashMap<>();
  private Optional<AuditVerdict.BadCheckpoint> bad = Optional.empty();
  private Optional<Instant> lastAt = Optional.empty();
  private long last;
  private String lastHash = "";
  private long lastExported;
  private String lastExportedHash = "";

  /// @param roots below which the signers have to be
  public AuditProof(Collection<Certificate> roots) {
    this.roots = List.copyOf(roots);
  }

  /// One that proves nothing beyond the rows.
  public static AuditProof none() {
    return new AuditProof(List.of());
  }

  /// The next checkpoint of the database, in order of number.
  public void checkpoint(long number, String jws) {
    var read = read(number, jws);
    if (read.isEmpty()) {
      last = number;
      lastHash = SignedCheckpoint.sha256(jws);
      return;
    }
    var checkpoint = read.get();
    checkpoint.lost().ifPresent(lost::add);
    if (checkpoint.number() != number) {
      bad(number, "it is number " + checkpoint.number());
    } else if (checkpoint.lost().isPresent()) {
      if (checkpoint.lost().get().from() != last + 1) {
        bad(last + 1, "it is missing");
      }
    } else if (number != last + 1) {
      bad(last + 1, "it is missing");
    } else if (!checkpoint
        .previous()
        .map(Checkpoint.Previous::sha256)
        .orElse("")
        .equals(lastHash)) {
      bad(number, "it does not hang on the checkpoint before");
    }
    last = number;
    lastHash = SignedCheckpoint.sha256(jws);
    known.add(number);
    byHash.put(lastHash, number);
    add(checkpoint);
  }

  /// A checkpoint that was kept outside the database, after those of the database; in order of
  /// number, but for those that are there again.
  public void exported(String jws) {
    var hash = SignedCheckpoint.sha256(jws);
    if (byHash.containsKey(hash)) {
      // what was looked at already
      lastExported = byHash.get(hash);
      lastExportedHash = hash;
      return;
    }
    var read = read(lastExported + 1, jws);
    if (read.isEmpty()) {
      return;
    }
    var checkpoint = read.get();
    long number = checkpoint.number();
    if (lastExported > 0 && number == lastExported + 1 && !follows(checkpoint, lastExportedHash)) {
      bad(number, "as it was exported, it does not hang on the one before");
    }
    byHash.put(hash, number);
    lastExported = number;
    lastExportedHash = hash;
    if (lost.stream().anyMatch(range -> range.has(number))) {
      return; // the loss was accepted
    }
    if (known.contains(number)) {
      bad(number, "another one was exported than the database has");
    } else {
      bad(
          number,
          "it was exported, and the database does not have it"
              + (number > last ? ": it is older, or its end was cut off" : ""));
    }
    add(checkpoint);
  }

  /// Where a chain ends in the database, asked before the rows.
  public void end(ChainHead head) {
    ends.put(head.chain(), head.sequence());
  }

  /// How many checkpoints the database has.
  public long checkpoints() {
    return known.size();
  }

  /// The time of the last one that is what it should be.
  public Optional<Instant> provenUntil() {
    return lastAt;
  }

  /// How often it was accepted that the database had been put back.
  public int restores() {
    return lost.size();
  }

  Points points(String chain) {
    return points.getOrDefault(chain, new Points());
  }

  Map<String, Points> points() {
    return points;
  }

  /// The end of a chain, if the database says that there are rows up to it which are not.
  Optional<Long> missing(String chain, long sequence) {
    return Optional.ofNullable(ends.get(chain)).filter(end -> end > sequence);
  }

  Collection<String> chains() {
    return ends.keySet();
  }

  Optional<AuditVerdict.BadCheckpoint> fault() {
    return bad;
  }

  private void add(Checkpoint checkpoint) {
    for (var head : checkpoint.chains()) {
      var wrong =
          points.computeIfAbsent(head.chain(), _ -> new Points()).add(checkpoint.number(), head);
      if (wrong != null) {
        bad(checkpoint.number(), wrong);
      }
    }
    lastAt = Optional.of(checkpoint.at());
  }

  private Optional<Checkpoint> read(long number, String jws) {
    try {
      var signed = SignedCheckpoint.parse(jws);
      var checkpoint = signed.checkpoint();
      var why = disbelief(signed);
      if (why.isPresent()) {
        bad(checkpoint.number(), why.get());
        return Optional.empty();
      }
      return Optional.of(checkpoint);
    } catch (MalformedCheckpointException malformed) {
      bad(number, String.valueOf(malformed.getMessage()));
      return Optional.empty();
    }
  }

  /// Why who signed it is not to be believed.
  private Optional<String> disbelief(SignedCheckpoint signed) {
    var signer = signed.chain().getFirst();
    var at = signed.checkpoint().at();
    var named = SignerPurpose.AUDIT.title() + " " + signed.checkpoint().node();
    if (!signer.subject().commonName().equals(Optional.of(named))) {
      return Optional.of("it is signed by " + signer.subject() + ", who is no " + named);
    }
    var looked = believed.get(signed.chain());
    // within a certificate's life the answer is the same
    if (looked != null && signed.chain().stream().allMatch(each -> each.isValidAt(at))) {
      return Optional.empty();
    }
    return switch (CertificatePath.validateSigner(
        signed.chain(), roots, at, SignerPurpose.AUDIT.title())) {
      case CertificatePath.Result.Trusted _ -> {
        believed.put(signed.chain(), at);
        yield Optional.empty();
      }
      case CertificatePath.Result.NotTrusted(var why) -> Optional.of("its signer: " + why);
    };
  }

  private static boolean follows(Checkpoint checkpoint, String hash) {
    return checkpoint.previous().map(Checkpoint.Previous::sha256).orElse("").equals(hash);
  }

  private void bad(long number, String what) {
    if (bad.isEmpty()) {
      bad = Optional.of(new AuditVerdict.BadCheckpoint(number, what));
    }
  }
}
