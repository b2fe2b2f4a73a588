package dev.nameplate.store;

import dev.nameplate.ca.store.StoreException;

/// Who makes the changes that the stores hand in.
interface Writer {

  /// Has the work done, and returns its result once it is on disk.
  ///
  /// @throws StoreException if it was not, or if nobody knows; the message says which
  <T> T submit(Lane lane, String lockOrder, String what, Work<T> work);

  /// @throws StoreException if the store has stopped for good
  void requireAlive();

  /// Nobody: every change is refused before it touches the database.
  static Writer none() {
    return new Writer() {
      @Override
      public <T> T submit(Lane lane, String lockOrder, String what, Work<T> work) {
        throw new StoreException(what + ": this node only reads; nothing was changed");
      }

      @Override
      public void requireAlive() {}
    };
  }
}
