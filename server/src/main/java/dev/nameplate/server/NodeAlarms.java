package dev.nameplate.server;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.job.Job;
import dev.nameplate.ocsp.NeverIssuedAlarm;
import dev.nameplate.server.admin.AdminApi;
import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/// Tells the issuing node, once a minute, what alarmed this one: a status node has no audit log.
/// What it cannot tell it tells later; of more than a day of it the oldest is dropped, and only how
/// much that was is told. An alarm may be told twice, if the answer to the first time was lost.
final class NodeAlarms implements Job, NeverIssuedAlarm {

  static final String NEVER_ISSUED = "ocsp never issued";
  static final String DROPPED = "alarms dropped";

  private static final int MOST = 24 * 60;
  private static final int MOST_AT_ONCE = 100;

  private final Consumer<List<AdminApi.Alarm>> issuingNode;
  private final LongAdder neverIssued = new LongAdder();
  private final Deque<AdminApi.Alarm> waiting = new ArrayDeque<>();
  private long dropped;

  /// @param issuingNode hears of them, or throws
  NodeAlarms(Consumer<List<AdminApi.Alarm>> issuingNode) {
    this.issuingNode = issuingNode;
  }

  @Override
  public void neverIssued(IssuerId issuer, BigInteger serial) {
    neverIssued.increment();
  }

  @Override
  public String name() {
    return "node-alarms";
  }

  @Override
  public synchronized String run(Instant now) {
    var minute = now.truncatedTo(ChronoUnit.MINUTES);
    long count = neverIssued.sumThenReset();
    if (count > 0) {
      waiting.add(new AdminApi.Alarm(NEVER_ISSUED, minute, count));
    }
    while (waiting.size() > MOST) {
      waiting.removeFirst();
      dropped++;
    }
    int told = 0;
    while (!waiting.isEmpty()) {
      var some = waiting.stream().limit(MOST_AT_ONCE).toList();
      issuingNode.accept(some);
      some.forEach(_ -> waiting.removeFirst());
      told += some.size();
    }
    if (dropped > 0) {
      issuingNode.accept(List.of(new AdminApi.Alarm(DROPPED, minute, dropped)));
      dropped = 0;
    }
    return told + " alarms told";
  }
}
