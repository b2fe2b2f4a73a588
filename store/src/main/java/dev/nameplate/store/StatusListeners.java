package dev.nameplate.store;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.StatusListener;
import dev.nameplate.ca.x509.SerialNumber;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All who want to hear of changed statuses, as one. None of them can harm the others, or the
/// writer.
final class StatusListeners implements StatusListener {

  private static final Logger LOG = LoggerFactory.getLogger(StatusListeners.class);

  private final List<StatusListener> listeners = new CopyOnWriteArrayList<>();

  void add(StatusListener listener) {
    listeners.add(listener);
  }

  @Override
  public void changed(IssuerId issuer, SerialNumber serial) {
    tell(listener -> listener.changed(issuer, serial));
  }

  @Override
  public void lost() {
    tell(StatusListener::lost);
  }

  /// What a transaction has committed.
  void committed(Transaction transaction) {
    transaction
        .changes()
        .forEach((scoped, serials) -> serials.forEach(serial -> changed(scoped.issuer(), serial)));
  }

  private void tell(Consumer<StatusListener> what) {
    for (var listener : listeners) {
      try {
        what.accept(listener);
      } catch (RuntimeException broken) {
        LOG.error("a listener for changed statuses failed", broken);
      }
    }
  }
}
