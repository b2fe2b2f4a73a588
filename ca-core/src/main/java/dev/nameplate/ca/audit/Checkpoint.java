package dev.nameplate.ca.audit;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What all of the audit log was at one moment, to be signed: on which row each chain ended. A
/// chain on whose end another one hangs is not named, for the other one names it.
///
/// @param number 1, 2, 3 …
/// @param rows of all chains together
/// @param previous the checkpoint before; empty for the first
/// @param crls the number of the last CRL of each list
/// @param lost which checkpoints the database lost when it was put back to an older state, which an
///   administrator accepted; `previous` is the last one of them
public record Checkpoint(
    long number,
    String node,
    Instant at,
    long rows,
    Optional<Previous> previous,
    List<ChainHead> chains,
    List<CrlNumber> crls,
    Optional<Lost> lost) {

  /// The checkpoint before.
  ///
  /// @param sha256 of its JWS, in hex
  public record Previous(long number, String sha256) {}

  /// How far a list was.
  public record CrlNumber(IssuerId issuer, CrlScope scope, long number) {}

  /// The first and the last checkpoint that the database has not any more.
  public record Lost(long from, long to) {

    public Lost {
      if (from < 1 || to < from) {
        throw new IllegalArgumentException("checkpoints " + from + " to " + to);
      }
    }

    boolean has(long number) {
      return from <= number && number <= to;
    }
  }

  private static final Pattern NODE = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");
  private static final Pattern SHAPE =
      Pattern.compile(
          "\\{\"checkpoint\":(\\d{1,18}),\"node\":\"([^\"]*)\",\"at\":\"([^\"]*)\","
              + "\"rows\":(\\d{1,18})"
              + "(?:,\"previous\":\\{\"checkpoint\":(\\d{1,18}),\"sha256\":\"([0-9a-f]{64})\"})?"
              + ",\"chains\":\\[([^\\]]*)],\"crls\":\\[([^\\]]*)]"
              + "(?:,\"lost\":\\{\"from\":(\\d{1,18}),\"to\":(\\d{1,18})})?}");
  private static final Pattern CHAIN =
      Pattern.compile("\\{\"chain\":\"([^\"]*)\",\"sequence\":(\\d{1,18}),\"hash\":\"([^\"]*)\"}");
  private static final Pattern CRL =
      Pattern.compile("\\{\"issuer\":\"([^\"]*)\",\"scope\":\"([^\"]*)\",\"number\":(\\d{1,19})}");

  public Checkpoint {
    if (number < 1 || rows < 0 || !NODE.matcher(node).matches()) {
      throw new IllegalArgumentException("checkpoint " + number + " of node '" + node + "'");
    }
    if (previous.map(Previous::number).orElse(0L) != number - 1) {
      throw new IllegalArgumentException("checkpoint " + number + " follows " + previous);
    }
    if (lost.isPresent() && lost.get().to() != number - 1) {
      throw new IllegalArgumentException("checkpoint " + number + " after the loss of " + lost);
    }
    at = at.truncatedTo(ChronoUnit.MICROS);
    chains = List.copyOf(chains);
    crls = List.copyOf(crls);
  }

  /// The one text form, which is signed.
  public String json() {
    return "{\"checkpoint\":%d,\"node\":\"%s\",\"at\":\"%s\",\"rows\":%d%s,\"chains\":[%s],\"crls\":[%s]%s}"
        .formatted(
            number,
            node,
            at,
            rows,
            previous
                .map(of ->
                    ",\"previous\":{\"checkpoint\":%d,\"sha256\":\"%s\"}"
                        .formatted(of.number(), of.sha256()))
                .orElse(""),
            chains.stream()
                .map(of ->
                    "{\"chain\":\"%s\",\"sequence\":%d,\"hash\":\"%s\"}"
                        .formatted(of.chain(), of.sequence(), of.hash()))
                .collect(Collectors.joining(",")),
            crls.stream()
                .map(of ->
                    "{\"issuer\":\"%s\",\"scope\":\"%s\",\"number\":%d}"
                        .formatted(of.issuer().hex(), of.scope().name(), of.number()))
                .collect(Collectors.joining(",")),
            lost.map(of -> ",\"lost\":{\"from\":%d,\"to\":%d}".formatted(of.from(), of.to()))
                .orElse(""));
  }

  /// Reads the one text form, and no other.
  ///
  /// @throws MalformedCheckpointException if it is not that
  static Checkpoint parse(String json) throws MalformedCheckpointException {
    var match = SHAPE.matcher(json);
    if (!match.matches()) {
      throw new MalformedCheckpointException("it is not the text of a checkpoint");
    }
    try {
      var chains = new ArrayList<ChainHead>();
      for (var of = CHAIN.matcher(match.group(7)); of.find(); ) {
        chains.add(new ChainHead(of.group(1), Long.parseLong(of.group(2)), of.group(3)));
      }
      var crls = new ArrayList<CrlNumber>();
      for (var of = CRL.matcher(match.group(8)); of.find(); ) {
        crls.add(
            new CrlNumber(
                new IssuerId(of.group(1)), new CrlScope(of.group(2)), Long.parseLong(of.group(3))));
      }
      var read =
          new Checkpoint(
              Long.parseLong(match.group(1)),
              match.group(2),
              Instant.parse(match.group(3)),
              Long.parseLong(match.group(4)),
              Optional.ofNullable(match.group(5))
                  .map(number -> new Previous(Long.parseLong(number), match.group(6))),
              chains,
              crls,
              Optional.ofNullable(match.group(9))
                  .map(from -> new Lost(Long.parseLong(from), Long.parseLong(match.group(10)))));
      if (!read.json().equals(json)) {
        throw new MalformedCheckpointException("it is not written as a checkpoint is");
      }
      return read;
    } catch (IllegalArgumentException | DateTimeException wrong) {
      throw new MalformedCheckpointException(String.valueOf(wrong.getMessage()), wrong);
    }
  }
}
