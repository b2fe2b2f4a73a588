package dev.nameplate.store;

import dev.nameplate.ca.job.PlanExecution;
import dev.nameplate.ca.store.PlanItem;
import dev.nameplate.ca.store.RetirementStore;
import dev.nameplate.ca.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/// A process that carries out the plans in a database until it is killed. It says on its standard
/// output when it is in the middle of it.
public final class RetiringNode {

  static final String BEGUN = "begun";

  private static final int ENOUGH = 20;

  private RetiringNode() {}

  /// @param args URL, user
  public static void main(String[] args) {
    var clock = InstantSource.system();
    var database =
        Database.open(
            new DatabaseSettings(args[0], args[1], () -> ""),
            clock,
            new Random(ProcessHandle.current().pid()),
            "retiring",
            RetiringNode::fail);
    var retirements = database.retirements();
    long before = done(retirements);
    var job = new PlanExecution(retirements, "retiring", clock);
    Thread.ofPlatform()
        .name("job")
        .start(() -> {
          while (true) {
            job.run(clock.instant());
          }
        });
    while (done(retirements) < before + ENOUGH) {
      Thread.onSpinWait();
    }
    var line = (BEGUN + "\n").getBytes(StandardCharsets.US_ASCII);
    System.out.write(line, 0, line.length);
    System.out.flush();
    while (true) {
      LockSupport.park();
    }
  }

  private static long done(RetirementStore retirements) {
    return retirements.countItems().getOrDefault(PlanItem.State.DONE, 0);
  }

  private static void fail(StoreException fatal) {
    throw fatal;
  }
}
