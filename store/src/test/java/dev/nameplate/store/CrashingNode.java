package dev.nameplate.store;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.enrollment.Stop;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestHierarchy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// A process that enrolls devices from many threads until it is killed. When one of them has come
/// to a given stop for the n-th time it says so on its standard output and stays there, while the
/// others go on. Each client keeps a ledger: it writes down, and flushes to disk, what it was
/// given.
public final class CrashingNode {

  private static final int CLIENTS = 8;

  private final Stop stop;
  private final int pass;
  private final AtomicInteger passes = new AtomicInteger();

  private CrashingNode(Stop stop, int pass) {
    this.stop = stop;
    this.pass = pass;
  }

  /// @param args URL, user, stop, pass, ledger
  public static void main(String[] args) throws IOException {
    var settings = new DatabaseSettings(args[0], args[1], () -> "");
    var node = new CrashingNode(Stop.valueOf(args[2]), Integer.parseInt(args[3]));
    try (var ledger =
        FileChannel.open(Path.of(args[4]), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      node.run(settings, ledger);
    }
  }

  private void run(DatabaseSettings settings, FileChannel ledger) {
    var clock = new FakeClock();
    // nobody is to guess these serials: the same ones in each run are what the test wants
    var random = new Random(ProcessHandle.current().pid());
    var database =
        Database.open(
            settings,
            clock,
            random,
            "crashing",
            fatal -> {
              throw fatal;
            });
    var stores =
        new TestHierarchy.Stores(
            database.certificates(), database.owners(), database.issuers(), database.audit());
    var hierarchy = TestHierarchy.over(stores, TestHierarchy.URLS, clock, random, this::reached);
    for (int client = 0; client < CLIENTS; client++) {
      var name = "client-" + client;
      Thread.ofPlatform().name(name).start(() -> enrollForEver(hierarchy, name, ledger));
    }
    while (true) {
      LockSupport.park();
    }
  }

  private static void enrollForEver(TestHierarchy hierarchy, String client, FileChannel ledger) {
    for (int i = 0; ; i++) {
      var device = FakeDevice.named(client + "-" + i);
      hierarchy.register(device);
      var secret = hierarchy.secretFor(device, 1);
      var certificate =
          TestHierarchy.certificate(
              hierarchy.enrollment().enroll(hierarchy.request(device, secret)));
      var der = HexFormat.of().formatHex(certificate.der().toByteArray());
      var line = device.id() + " " + certificate.serial() + " " + der + "\n";
      try {
        synchronized (ledger) {
          ledger.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)));
          ledger.force(true);
        }
      } catch (IOException failed) {
        throw new IllegalStateException("the client's ledger is broken", failed);
      }
    }
  }

  private void reached(Stop reached, Owner owner) {
    if (reached == stop && passes.incrementAndGet() == pass) {
      announce(owner);
      while (true) {
        LockSupport.park();
      }
    }
  }

  private static void announce(Owner owner) {
    var line = (CrashTest.REACHED + owner + "\n").getBytes(StandardCharsets.US_ASCII);
    System.out.write(line, 0, line.length);
    System.out.flush();
  }
}
