package dev.nameplate.server;

import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.UnacceptableKeyException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Renews what a status node shows to the issuing node, with a new key, when a third of its life is
/// left. Key and certificate are on disk before they are shown.
final class NodeRenewal implements Job {

  /// Has the next certificate issued. Asking again with the same request gets the same one.
  @FunctionalInterface
  interface Renewing {
    Certificate renew(String label, Der request);
  }

  /// A key that has no certificate yet. Kept for the next attempt, so that failures fill no
  /// database.
  private record Attempt(SoftwareKey key, Der request) {}

  private static final Logger LOG = LoggerFactory.getLogger(NodeRenewal.class);

  private final AtomicReference<TlsIdentity> identity;
  private final Renewing issuingNode;
  private final Settings.Tls files;
  private Optional<Attempt> attempt = Optional.empty();

  NodeRenewal(AtomicReference<TlsIdentity> identity, Renewing issuingNode, Settings.Tls files) {
    this.identity = identity;
    this.issuingNode = issuingNode;
    this.files = files;
  }

  @Override
  public String name() {
    return "node-renewal";
  }

  @Override
  public synchronized String run(Instant now) {
    var present = identity.get().certificate();
    var life = Duration.between(present.notBefore(), present.notAfter());
    if (now.isBefore(present.notAfter().minus(life.dividedBy(3)))) {
      return "the node's certificate is good until " + present.notAfter();
    }
    try {
      identity.set(next(present));
      attempt = Optional.empty();
      Files.deleteIfExists(nextKey());
    } catch (IOException unwritable) {
      throw new UncheckedIOException(unwritable);
    }
    return "a new certificate of the node until " + identity.get().certificate().notAfter();
  }

  /// Nothing is asked for that could not be kept.
  private TlsIdentity next(Certificate present) throws IOException {
    var wanted = attempt.or(() -> left(present)).orElseGet(() -> attempt(present));
    attempt = Optional.of(wanted);
    PrivateFile.write(nextKey(), wanted.key().toPem());
    var certificate = issuingNode.renew(ProfileFiles.NODE, wanted.request());
    var next = new TlsIdentity(wanted.key(), List.of(certificate));
    if (!next.isWhole()) {
      throw new IssuingNodeException("the issuing node certified another key");
    }
    next.save(files);
    return next;
  }

  /// With the key of an attempt before the last start: its certificate may be issued already.
  private Optional<Attempt> left(Certificate present) {
    try {
      var key = SoftwareKey.fromPem(Files.readString(nextKey()));
      if (key.publicKey().equals(present.publicKey())) {
        // broken off after it was shown, and before the file was gone
        Files.delete(nextKey());
        return Optional.empty();
      }
      return Optional.of(attempt(present, key));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (IOException | UnacceptableKeyException unreadable) {
      LOG.warn("{} cannot be read; there will be another key", nextKey(), unreadable);
      return Optional.empty();
    }
  }

  private static Attempt attempt(Certificate present) {
    return attempt(present, SoftwareKey.generate(KeyType.EC_P256));
  }

  private static Attempt attempt(Certificate present, SoftwareKey key) {
    return new Attempt(
        key, Csr.sign(present.subject(), key.publicKey(), key.algorithm(), key::sign));
  }

  /// Beside the file that it will be in.
  private Path nextKey() {
    return files.key().resolveSibling(files.key().getFileName() + ".next");
  }
}
