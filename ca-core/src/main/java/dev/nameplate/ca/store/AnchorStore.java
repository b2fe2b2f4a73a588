package dev.nameplate.ca.store;

import dev.nameplate.ca.audit.AuditEvent;
import java.util.List;
import java.util.Optional;

/// Remembers whom each label trusts for first enrollment. What is asked is what is committed, so
/// that a removal counts at once, on every node. All methods may be called from many threads at
/// once, and throw [StoreException] if the store cannot do its work now.
public interface AnchorStore {

  /// False, and nothing changed, if the label has this certificate as anchor already.
  boolean addAnchor(TrustAnchor anchor, AuditEvent.AnchorAdded why);

  /// False if the label has no such anchor.
  boolean removeAnchor(String label, String certificateSha256, AuditEvent.AnchorRemoved why);

  /// Oldest first; without a label those of all labels.
  List<TrustAnchor> anchors(Optional<String> label);
}
