package dev.nameplate.ca.revocation;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.PublishedCrl;
import java.time.Duration;

/// Hears how the publication of CRLs goes, for metrics and alarms. Called from many threads at
/// once.
public interface CrlListener {

  CrlListener NONE =
      new CrlListener() {
        @Override
        public void published(PublishedCrl crl, Duration took) {
          // nobody listens
        }

        @Override
        public void refused(IssuerId issuer, CrlScope scope, long number, String why) {
          // nobody listens
        }
      };

  /// It is published.
  ///
  /// @param took from its first entry until it was committed
  void published(PublishedCrl crl, Duration took);

  /// The gate did not let a list through that was made here; the one before stays.
  void refused(IssuerId issuer, CrlScope scope, long number, String why);
}
