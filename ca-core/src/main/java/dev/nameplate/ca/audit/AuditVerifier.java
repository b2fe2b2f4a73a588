package dev.nameplate.ca.audit;

import dev.nameplate.ca.x509.Der;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Checks audit chains, each row by row in order of sequence. Holds the head of every chain, not
/// the rows; so a chain that was written anew is found for certain only if the chain that hangs on
/// it came before it, as [AuditLog#rows] has it. Not thread-safe; make one for each check.
public final class AuditVerifier {

  private static final Pattern PREDECESSOR =
      Pattern.compile(
          "\"previousChain\":\"([^\"]*)\",\"previousSequence\":(\\d+),\"previousHash\":\"([0-9a-f]{64})\"");

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

  private final Map<String, AuditRow> heads = new HashMap<>();

  /// By the chain that they hang on.
  private final Map<String, List<Link>> links = new HashMap<>();

  private Optional<AuditVerdict.Broken> broken = Optional.empty();
  private long rows;

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
    if (row.sequence() == 1) {
      rememberPredecessor(row);
    }
    heads.put(row.chain(), row);
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
    return new AuditVerdict.Intact(rows, heads.size());
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
      links
          .computeIfAbsent(match.group(1), _ -> new ArrayList<>())
          .add(
              new Link(
                  row.chain(), match.group(1), Long.parseLong(match.group(2)), match.group(3)));
    }
  }

  private static String hash(String payload) {
    return HexFormat.of().formatHex(Der.sha256(payload.getBytes(StandardCharsets.UTF_8)));
  }
}
