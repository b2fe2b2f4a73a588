package dev.nameplate.server;

import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/// Renews what a status node shows to the issuing node, with a new key, when a third of its life is
/// left. It is on disk before it is shown.
final class NodeRenewal implements Job {

  private final AtomicReference<TlsIdentity> identity;
  private final IssuingNode issuingNode;
  private final Settings.Tls files;

  NodeRenewal(AtomicReference<TlsIdentity> identity, IssuingNode issuingNode, Settings.Tls files) {
    this.identity = identity;
    this.issuingNode = issuingNode;
    this.files = files;
  }

  @Override
  public String name() {
    return "node-renewal";
  }

  @Override
  public String run(Instant now) {
    var present = identity.get().certificate();
    var life = Duration.between(present.notBefore(), present.notAfter());
    if (now.isBefore(present.notAfter().minus(life.dividedBy(3)))) {
      return "the node's certificate is good until " + present.notAfter();
    }
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var request = Csr.sign(present.subject(), key.publicKey(), key.algorithm(), key::sign);
    var next = new TlsIdentity(key, List.of(issuingNode.renew(ProfileFiles.NODE, request)));
    if (!next.isWhole()) {
      throw new IssuingNodeException("the issuing node certified another key");
    }
    try {
      next.save(files);
    } catch (IOException unwritable) {
      throw new UncheckedIOException(unwritable);
    }
    identity.set(next);
    return "a new certificate of the node until " + next.certificate().notAfter();
  }
}
