package dev.nameplate.ocsp;

import java.util.concurrent.Semaphore;

/// So many signatures may be under way or waited for at once, and nobody queues behind them: an
/// overload is answered at once, and the token's queue keeps room for those who issue certificates.
final class SigningQueue {

  private final int places;
  private final Semaphore free;

  SigningQueue(int places) {
    this.places = places;
    this.free = new Semaphore(places);
  }

  /// Takes a place, which has to be given back by [#leave]; false if there is none.
  boolean enter() {
    return free.tryAcquire();
  }

  void leave() {
    free.release();
  }

  int busy() {
    return places - free.availablePermits();
  }

  /// Whether half of the places and more are free: time for what nobody waits for.
  boolean isQuiet() {
    return busy() * 2 < places;
  }
}
