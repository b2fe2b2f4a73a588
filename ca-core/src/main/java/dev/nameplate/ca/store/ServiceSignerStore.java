package dev.nameplate.ca.store;

import dev.nameplate.ca.audit.AuditEvent;
import java.util.List;

/// Remembers what the nodes sign documents with. All methods may be called from many threads at
/// once, and throw [StoreException] if the store cannot do its work now.
public interface ServiceSignerStore {

  /// Records an ISSUED certificate as a signer. False, and nothing changed, if it is there already.
  boolean addServiceSigner(ServiceSignerRecord signer, AuditEvent.ServiceSignerAdded why);

  /// Of all nodes and purposes, newest last.
  List<ServiceSignerRecord> serviceSigners();
}
