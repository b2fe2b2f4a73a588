package dev.nameplate.hsm;

import java.time.Duration;

/// Is told what happens at a token, for metrics. Called by the threads that do the work, so it must
/// not wait for anything, nor throw.
public interface HsmListener {

  HsmListener NONE =
      new HsmListener() {
        @Override
        public void waited(Duration time) {}

        @Override
        public void refused(Refusal why) {}

        @Override
        public void failed(HsmException failure) {}
      };

  /// Why a caller was sent away, other than by the library.
  enum Refusal {
    /// As many callers were waiting as may.
    QUEUE_FULL,
    /// There was no answer before the deadline.
    DEADLINE,
    /// Every session is inside a call that does not return.
    HUNG,
    /// The vault is closed, or the caller was interrupted.
    CLOSED
  }

  /// Somebody waited this long for a session.
  void waited(Duration time);

  void refused(Refusal why);

  /// A function failed, or gave an answer that cannot be. The caller may not notice, if a second
  /// attempt worked.
  void failed(HsmException failure);
}
