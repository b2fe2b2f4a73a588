package dev.nameplate.ca.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/// Whoever edits the log behind our back is found.
class AuditVerifierTest {

  private static final IssuerId ISSUER = new IssuerId("ab".repeat(32));

  @Test
  void aLogThatNobodyTouchedIsIntact() {
    assertThat(verdict(twoChains())).isEqualTo(new AuditVerdict.Intact(60, 2));
    assertThat(verdict(List.of())).isEqualTo(new AuditVerdict.Intact(0, 0));
  }

  @Test
  void personalDataCanBeErasedWithoutBreakingTheChain() {
    var rows = twoChains();
    rows.replaceAll(row -> row.sequence() == 1 ? row : withPayload(row, Optional.empty()));

    assertThat(verdict(rows)).isEqualTo(new AuditVerdict.Intact(60, 2));
  }

  /// What somebody with SQL might try, two hundred times, at random places.
  @RepeatedTest(200)
  void aTamperingIsFound(RepetitionInfo repetition) {
    var random = new Random(repetition.getCurrentRepetition());
    var rows = twoChains();
    // not the very last row of all: its loss is for a checkpoint to notice
    int at = random.nextInt(rows.size() - 1);
    var row = rows.get(at);
    var what =
        switch (random.nextInt(9)) {
          case 0 -> {
            rows.set(at, at(row, row.at().plusSeconds(1)));
            yield "a time";
          }
          case 1 -> {
            rows.remove(at);
            yield "a row less";
          }
          case 2 -> {
            rows.add(at, row);
            yield "a row twice";
          }
          case 3 -> {
            rows.set(at, rows.get(at + 1));
            rows.set(at + 1, row);
            yield "two rows in the other order";
          }
          case 4 -> {
            rows.set(at, withPayload(row, row.payload().map(text -> text.replace("e", "E"))));
            yield "a payload";
          }
          case 5 -> {
            rows.set(at, rehashed(row));
            yield "a row with a hash of its own";
          }
          case 6 -> {
            rows.set(at, kind(row, "Confirmed", row.subject()));
            yield "a kind";
          }
          case 7 -> {
            rows.set(at, kind(row, row.kind(), Optional.of("device:valve-3")));
            yield "a subject";
          }
          default -> {
            int from = random.nextInt(30);
            rows.subList(from, 30).clear();
            yield "the end of the older chain from " + from;
          }
        };

    assertThat(verdict(rows)).as("%s, row %s", what, at).isInstanceOf(AuditVerdict.Broken.class);
  }

  @Test
  void aBrokenRowIsNamedWithWhatIsWrongWithIt() {
    var rows = twoChains();
    var row = rows.get(6);
    rows.set(6, withPayload(row, Optional.of("{}")));
    assertThat(verdict(rows)).isEqualTo(new AuditVerdict.Broken("a", 7, "its payload was changed"));

    rows.remove(6);
    assertThat(verdict(rows)).isEqualTo(new AuditVerdict.Broken("a", 8, "row 7 is missing"));
  }

  @Test
  void aChainWhoseBeginningWasErasedIsBroken() {
    var rows = twoChains();
    rows.set(30, withPayload(rows.get(30), Optional.empty()));
    rows.subList(20, 30).clear();

    assertThat(verdict(rows)).isInstanceOf(AuditVerdict.Broken.class);
  }

  @Test
  void anOlderChainThatWasCutIsFoundBecauseTheNextNamesIt() {
    var rows = twoChains();
    rows.subList(20, 30).clear();

    assertThat(verdict(rows))
        .isEqualTo(
            new AuditVerdict.Broken(
                "a", 21, "rows are missing at the end: the next chain hangs on row 30"));
  }

  @Test
  void anOlderChainThatIsGoneIsFoundTheSameWay() {
    var rows = twoChains();
    rows.subList(0, 30).clear();

    assertThat(verdict(rows))
        .isEqualTo(new AuditVerdict.Broken("b", 1, "the chain before it, a, is gone"));
  }

  @Test
  void anOlderChainThatWasWrittenAnewIsFound() {
    var rows = new ArrayList<>(chain("a", "", 0, AuditRow.NOTHING_BEFORE, 99));
    rows.addAll(twoChains().subList(30, 60));

    assertThat(verdict(rows))
        .isEqualTo(
            new AuditVerdict.Broken("b", 1, "it names another hash of the row that it hangs on"));
  }

  @Test
  void rowsBehindTheOneThatTheNextChainHangsOnHideNothing() {
    var rewritten = new ArrayList<>(chain("a", "", 0, AuditRow.NOTHING_BEFORE, 99));
    var last = rewritten.getLast();
    var more = new AuditEvent.ServerStopped("node");
    rewritten.add(AuditRow.next("a", 31, last.at(), last.hash(), more));
    var rows = new ArrayList<>(twoChains().subList(30, 60));
    rows.addAll(rewritten);

    assertThat(verdict(rows))
        .isEqualTo(
            new AuditVerdict.Broken("b", 1, "it names another hash of the row that it hangs on"));
  }

  @Test
  void aHashThatIsNoneIsNamedAndDoesNotEndTheSearch() {
    for (var none : List.of("zz", "", "ab", "z".repeat(64), "AB".repeat(32))) {
      var rows = twoChains();
      var row = rows.get(6);
      rows.set(6, withHashes(row, row.previousHash(), none, row.hash()));
      assertThat(verdict(rows))
          .isEqualTo(new AuditVerdict.Broken("a", 7, "the hash of its payload is none"));

      rows.set(6, withHashes(row, none, row.payloadHash(), row.hash()));
      assertThat(verdict(rows))
          .isEqualTo(new AuditVerdict.Broken("a", 7, "it does not hang on the row before"));

      rows.set(6, withHashes(row, row.previousHash(), row.payloadHash(), none));
      assertThat(verdict(rows))
          .isEqualTo(new AuditVerdict.Broken("a", 7, "its hash does not fit its content"));
    }
  }

  @Test
  void aChainThatHangsOnARowWithoutMeasureIsBroken() {
    var rows = twoChains();
    var payload =
        rows.get(30)
            .payload()
            .orElseThrow()
            .replace("Sequence\":30", "Sequence\":" + "9".repeat(20));
    var hash = HexFormat.of().formatHex(Der.sha256(payload.getBytes(StandardCharsets.UTF_8)));
    var unhashed =
        withPayload(
            withHashes(rows.get(30), AuditRow.NOTHING_BEFORE, hash, ""), Optional.of(payload));
    rows.subList(30, 60).clear();
    rows.add(withHashes(unhashed, unhashed.previousHash(), hash, unhashed.expectedHash()));

    assertThat(verdict(rows))
        .isEqualTo(new AuditVerdict.Broken("b", 1, "no chain has the row that it hangs on"));
  }

  private static AuditVerdict verdict(List<AuditRow> rows) {
    var verifier = new AuditVerifier();
    rows.forEach(verifier::next);
    return verifier.verdict();
  }

  /// Chain `a` of 30 rows, and `b` of 30 more that hangs on it.
  private static List<AuditRow> twoChains() {
    var rows = new ArrayList<>(chain("a", "", 0, AuditRow.NOTHING_BEFORE, 0));
    rows.addAll(chain("b", "a", 30, rows.getLast().hash(), 0));
    return rows;
  }

  private static List<AuditRow> chain(
      String name, String previous, long sequence, String hash, int seed) {
    var rows = new ArrayList<AuditRow>();
    rows.add(
        AuditRow.next(
            name,
            1,
            FakeClock.START,
            AuditRow.NOTHING_BEFORE,
            new AuditEvent.ChainStarted("node", previous, sequence, hash)));
    for (int i = 2; i <= 30; i++) {
      var event =
          new AuditEvent.Issued(
              new DeviceId("pump-" + i).owner(),
              ISSUER,
              new SerialNumber(BigInteger.valueOf(seed + i)),
              "cd".repeat(32));
      rows.add(AuditRow.next(name, i, FakeClock.START.plusMillis(i), rows.getLast().hash(), event));
    }
    return rows;
  }

  private static AuditRow at(AuditRow row, Instant at) {
    return row(row, at, row.hash(), row.kind(), row.subject(), row.payload());
  }

  private static AuditRow withPayload(AuditRow row, Optional<String> payload) {
    return row(row, row.at(), row.hash(), row.kind(), row.subject(), payload);
  }

  private static AuditRow withHashes(
      AuditRow row, String previousHash, String payloadHash, String hash) {
    return new AuditRow(
        row.chain(),
        row.sequence(),
        row.at(),
        previousHash,
        payloadHash,
        hash,
        row.kind(),
        row.subject(),
        row.payload());
  }

  private static AuditRow kind(AuditRow row, String kind, Optional<String> subject) {
    return row(row, row.at(), row.hash(), kind, subject, row.payload());
  }

  private static AuditRow rehashed(AuditRow row) {
    var changed = at(row, row.at().plusSeconds(1));
    return row(
        changed,
        changed.at(),
        changed.expectedHash(),
        changed.kind(),
        changed.subject(),
        changed.payload());
  }

  private static AuditRow row(
      AuditRow like,
      Instant at,
      String hash,
      String kind,
      Optional<String> subject,
      Optional<String> payload) {
    return new AuditRow(
        like.chain(),
        like.sequence(),
        at,
        like.previousHash(),
        like.payloadHash(),
        hash,
        kind,
        subject,
        payload);
  }
}
