package dev.nameplate.ca.memory;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.store.ServiceSignerRecord;
import dev.nameplate.ca.store.ServiceSignerStore;
import java.util.ArrayList;
import java.util.List;

/// The signers of documents in a list.
public final class InMemoryServiceSigners implements ServiceSignerStore {

  private final AuditLog audit;
  private final List<ServiceSignerRecord> signers = new ArrayList<>();

  /// @param audit where it is written down
  public InMemoryServiceSigners(AuditLog audit) {
    this.audit = audit;
  }

  @Override
  public synchronized boolean addServiceSigner(
      ServiceSignerRecord signer, AuditEvent.ServiceSignerAdded why) {
    if (signers.stream().anyMatch(known -> known.certificate().equals(signer.certificate()))) {
      return false;
    }
    audit.append(why);
    signers.add(signer);
    return true;
  }

  @Override
  public synchronized List<ServiceSignerRecord> serviceSigners() {
    return List.copyOf(signers);
  }
}
