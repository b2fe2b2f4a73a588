package dev.nameplate.ca.audit;

import dev.nameplate.ca.x509.Der;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Checks audit chains, each row by row in order of sequence. Holds the head of every chain, not
/// the rows; so a chain that was written anew is found for certain only if the chain that hangs on
/// it came before it, as [AuditLog#rows] has it. Not thread-safe; make one for each check.
public final class AuditVerifier {

  private static final Pattern PREDECESSOR =
      Pattern.compile(
          "\"previousChain\":\"([^\"]*)\",\"previousSequence\":(\\d+),\"previousHash\":\"([0-9a-f]{64})\"");

  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  /// How every payload begins: the event, and its owner if it is about one.
  private static final Pattern HEAD =
      Pattern.compile("\\{\"event\":\"([A-Za-z]+)\"(?:,\"owner\":\"([^\"]*)\")?");

  /// What `chain` hangs on.
  private record Link(String chain, String previousChain, long sequence, String hash) {

    /// @param row one of the previous chain's
    Optional<AuditVerdict.Broken> fault(AuditRow row) {
      return row.sequence() == sequence && !row.hash().equals(hash)
          ? Optional.of(
              new AuditVerdict.Broken(
                  chain, 1, "it names another hash of the row that it hangs on"))
          : Optional.empty();
    }
  }

  private final AuditProof proof;
  private final Map<String, AuditRow> heads = new HashMap<>();

  /// The last rows of all chains, asked after the rows.
  private final Map<String, Long> ends = new HashMap<>();

  /// How many of a chain's points were passed.
  private final Map<String, Integer> passed = new HashMap<>();

  /// By the chain that they hang on.
  private final Map<String, List<Link>> links = new HashMap<>();

  /// Rows that hang together, and are not those that a checkpoint signs.
  private record Rewritten(long checkpoint, String chain, long from, long to) {

    AuditVerdict.Broken verdict() {
      return new AuditVerdict.Broken(
          chain,
          to,
          "rows %d to %d were written anew: checkpoint %d signs another one"
              .formatted(from, to, checkpoint));
    }
  }

  private Optional<AuditVerdict.Broken> broken = Optional.empty();
  private Optional<Rewritten> rewritten = Optional.empty();
  private long rows;

  /// Of the rows by themselves.
  public AuditVerifier() {
    this(AuditProof.none());
  }

  /// @param proof what the rows have to be, all of it read
  public AuditVerifier(AuditProof proof) {
    this.proof = proof;
  }

  /// Looks at the next row. After the first broken one nothing is looked at any more.
  public void next(AuditRow row) {
    if (broken.isPresent()) {
      return;
    }
    rows++;
    broken =
        fault(row)
            .map(what -> new AuditVerdict.Broken(row.chain(), row.sequence(), what))
            .or(() ->
                links.getOrDefault(row.chain(), List.of()).stream()
                    .flatMap(link -> link.fault(row).stream())
                    .findFirst());
    if (broken.isPresent()) {
      return;
    }
    compareWithCheckpoint(row);
    if (row.sequence() == 1) {
      rememberPredecessor(row);
    }
    heads.put(row.chain(), row);
  }

  /// Where a chain ends, as that is known after the last row was read. Tell of all chains, or of
  /// none.
  public void end(ChainHead head) {
    ends.put(head.chain(), head.sequence());
  }

  /// The verdict over all rows that were looked at.
  public AuditVerdict verdict() {
    if (broken.isPresent()) {
      return broken.get();
    }
    for (var link : links.values().stream().flatMap(List::stream).toList()) {
      var head = heads.get(link.previousChain);
      if (head == null) {
        return new AuditVerdict.Broken(
            link.chain, 1, "the chain before it, " + link.previousChain + ", is gone");
      }
      if (head.sequence() < link.sequence) {
        return new AuditVerdict.Broken(
            link.previousChain,
            head.sequence() + 1,
            "rows are missing at the end: the next chain hangs on row " + link.sequence);
      }
      var fault = link.fault(head);
      if (fault.isPresent()) {
        return fault.get();
      }
    }
    return rewritten
        .<AuditVerdict>map(Rewritten::verdict)
        .or(this::missing)
        .or(this::added)
        .or(this::notSigned)
        .or(proof::fault)
        .orElseGet(() -> new AuditVerdict.Intact(rows, heads.size()));
  }

  /// Whether the row is the one that a checkpoint signs. Whoever writes rows anew has to do so with
  /// all that follow, also in chains that are read before: the oldest of them is the place.
  private void compareWithCheckpoint(AuditRow row) {
    var points = proof.points(row.chain());
    int next = passed.getOrDefault(row.chain(), 0);
    if (next >= points.count() || points.sequence(next) != row.sequence()) {
      return;
    }
    passed.put(row.chain(), next + 1);
    long checkpoint = points.number(next);
    if (!points.names(next, row.hash())
        && rewritten.filter(known -> known.checkpoint() <= checkpoint).isEmpty()) {
      long from = next == 0 ? 1 : points.sequence(next - 1) + 1;
      rewritten = Optional.of(new Rewritten(checkpoint, row.chain(), from, row.sequence()));
    }
  }

  /// Rows at the end of a chain that were there once.
  private Optional<AuditVerdict> missing() {
    for (var each : new TreeMap<>(proof.points()).entrySet()) {
      var points = each.getValue();
      long there = lastOf(each.getKey());
      int next = passed.getOrDefault(each.getKey(), 0);
      if (next < points.count()) {
        return Optional.of(
            new AuditVerdict.Broken(
                each.getKey(),
                there + 1,
                "rows are missing at the end: checkpoint %d signs row %d"
                    .formatted(points.number(next), points.sequence(next))));
      }
    }
    for (var chain : new TreeSet<>(proof.chains())) {
      var end = proof.missing(chain, lastOf(chain));
      if (end.isPresent()) {
        return Optional.of(
            new AuditVerdict.Broken(
                chain,
                lastOf(chain) + 1,
                "rows are missing at the end: the chain ended with row " + end.get()));
      }
    }
    return Optional.empty();
  }

  /// Rows beyond the end of their chain.
  private Optional<AuditVerdict> added() {
    for (var each : ends.isEmpty() ? List.<AuditRow>of() : sorted()) {
      var end = ends.get(each.chain());
      if (end == null) {
        return Optional.of(new AuditVerdict.Broken(each.chain(), 1, "nobody began its chain"));
      }
      if (each.sequence() > end) {
        return Optional.of(
            new AuditVerdict.Broken(each.chain(), end + 1, "its chain ended with row " + end));
      }
    }
    return Optional.empty();
  }

  private List<AuditRow> sorted() {
    return List.copyOf(new TreeMap<>(heads).values());
  }

  /// Rows that are older than the last checkpoint, and that none covers.
  private Optional<AuditVerdict> notSigned() {
    var until = proof.provenUntil().map(at -> at.minus(AuditProof.TOLERANCE));
    if (until.isEmpty()) {
      return Optional.empty();
    }
    for (var head : sorted()) {
      var points = proof.points(head.chain());
      long signed = points.count() == 0 ? 0 : points.sequence(points.count() - 1);
      long linked =
          links.getOrDefault(head.chain(), List.of()).stream()
              .mapToLong(link -> link.sequence)
              .max()
              .orElse(0);
      if (head.sequence() > Math.max(signed, linked) && head.at().isBefore(until.get())) {
        return Optional.of(
            new AuditVerdict.Broken(
                head.chain(),
                head.sequence(),
                "no checkpoint signs it, and it is older than the last one"));
      }
    }
    return Optional.empty();
  }

  private long lastOf(String chain) {
    var head = heads.get(chain);
    return head == null ? 0 : head.sequence();
  }

  private Optional<String> fault(AuditRow row) {
    var head = heads.get(row.chain());
    long expected = head == null ? 1 : head.sequence() + 1;
    if (row.sequence() != expected) {
      return Optional.of("row " + expected + " is missing");
    }
    var previous = head == null ? AuditRow.NOTHING_BEFORE : head.hash();
    if (!row.previousHash().equals(previous)) {
      return Optional.of("it does not hang on the row before");
    }
    if (!HASH.matcher(row.payloadHash()).matches()) {
      return Optional.of("the hash of its payload is none");
    }
    if (!row.hash().equals(row.expectedHash())) {
      return Optional.of("its hash does not fit its content");
    }
    if (row.payload().isPresent()) {
      return payloadFault(row, row.payload().get());
    }
    return row.sequence() == 1
        ? Optional.of("its payload is gone, which says what the chain hangs on")
        : Optional.empty();
  }

  /// Kind and subject are columns for finding rows; the payload says what they must be.
  private static Optional<String> payloadFault(AuditRow row, String payload) {
    if (!row.payloadHash().equals(hash(payload))) {
      return Optional.of("its payload was changed");
    }
    var head = HEAD.matcher(payload);
    if (!head.lookingAt() || !head.group(1).equals(row.kind())) {
      return Optional.of("its kind was changed");
    }
    if (!Optional.ofNullable(head.group(2)).equals(row.subject())) {
      return Optional.of("its subject was changed");
    }
    return Optional.empty();
  }

  private void rememberPredecessor(AuditRow row) {
    var match = PREDECESSOR.matcher(row.payload().orElse(""));
    if (match.find() && !match.group(1).isEmpty()) {
      try {
        links
            .computeIfAbsent(match.group(1), _ -> new ArrayList<>())
            .add(
                new Link(
                    row.chain(), match.group(1), Long.parseLong(match.group(2)), match.group(3)));
      } catch (NumberFormatException _) {
        broken =
            Optional.of(
                new AuditVerdict.Broken(
                    row.chain(), row.sequence(), "no chain has the row that it hangs on"));
      }
    }
  }

  private static String hash(String payload) {
    return HexFormat.of().formatHex(Der.sha256(payload.getBytes(StandardCharsets.UTF_8)));
  }
}
