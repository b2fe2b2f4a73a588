package dev.nameplate.server.audit;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.audit.MalformedCheckpointException;
import dev.nameplate.ca.audit.SignedCheckpoint;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.CheckpointStore;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerSource;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.QuarantineStore;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.MalformedCrlException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks, before anything is answered, whether the database is older than what left it: the
/// checkpoints in the file, and the CRLs in the folders. If so, it is put in quarantine, and the
/// revocations of those CRLs are taken over; devices that may have been retired are suspended.
public final class RestoreGuard {

  private static final Logger LOG = LoggerFactory.getLogger(RestoreGuard.class);

  private static final Pattern LIST = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}\\.crl");

  /// What the guard compares, and where it writes what it found.
  public record Stores(
      CheckpointStore checkpoints,
      CrlStore crls,
      IssuerSource issuers,
      CertificateStore certificates,
      OwnerStore owners,
      QuarantineStore quarantines,
      AuditLog audit) {}

  /// A CRL that was published, and is newer than what the database knows.
  private record Newer(IssuerRecord issuer, CrlScope scope, Crl crl, long known) {}

  private record Older(String why, long lostFrom, long lostTo) {}

  private final Stores stores;
  private final CheckpointFile file;
  private final List<Path> crlFolders;
  private final String node;

  /// @param crlFolders where copies of CRLs are, under the paths that their URLs have
  public RestoreGuard(Stores stores, CheckpointFile file, List<Path> crlFolders, String node) {
    this.stores = stores;
    this.file = file;
    this.crlFolders = List.copyOf(new LinkedHashSet<>(crlFolders));
    this.node = node;
  }

  /// @throws IOException if what there is to compare with cannot be read: then it is not known
  ///   whether the database is older
  public void look(Instant now) throws IOException {
    var crls = newerCrls();
    var checkpoints = olderThanFile();
    var whys = new ArrayList<String>();
    checkpoints.ifPresent(of -> whys.add(of.why()));
    crls.forEach(of ->
        whys.add(
            "CRL %d (%s) of %s was published, and the last one it knows is %d"
                .formatted(
                    of.crl().number(), of.scope(), of.issuer().issuer().name(), of.known())));
    if (!whys.isEmpty()) {
      begin(
          new QuarantineStore.Quarantine(
              now,
              node,
              String.join("; ", whys),
              checkpoints.map(Older::lostFrom).orElse(0L),
              checkpoints.map(Older::lostTo).orElse(0L)));
    }
    var recovery =
        new CrlRecovery(
            stores.crls(),
            stores.certificates(),
            stores.owners(),
            stores.quarantines(),
            stores.audit());
    for (var each : crls) {
      LOG.error("taken over: {}", recovery.take(each.crl(), each.issuer(), each.scope(), now));
    }
  }

  private void begin(QuarantineStore.Quarantine found) {
    LOG.error("THE DATABASE IS OLDER THAN WHAT LEFT IT: {}", found.why());
    LOG.error("It is in quarantine: nothing is issued, and what was revoked stays revoked.");
    LOG.error("Look at it, and then: nameplate database accept-restore --reason TEXT");
    var known = stores.quarantines().quarantine();
    if (known.filter(of -> of.lostTo() >= found.lostTo() && of.node().equals(node)).isEmpty()) {
      stores
          .quarantines()
          .begin(
              found,
              new AuditEvent.RestoreFound(node, found.why(), found.lostFrom(), found.lostTo()));
    }
  }

  private Optional<Older> olderThanFile() throws IOException {
    var last = file.last();
    return last.flatMap(this::older);
  }

  private Optional<Older> older(SignedCheckpoint exported) {
    long number = exported.checkpoint().number();
    long latest =
        stores.checkpoints().latestCheckpoint().map(CheckpointStore.Stored::number).orElse(0L);
    var ours = stores.checkpoints().checkpointsAfter(number - 1, 1);
    if (latest < number) {
      return Optional.of(
          new Older(
              "checkpoint %d of %s was exported, and the last one it knows is %d"
                  .formatted(number, exported.checkpoint().at(), latest),
              latest + 1,
              number));
    }
    boolean isKnown =
        ours.stream().anyMatch(of -> of.jws().equals(exported.jws()) || isLossOf(of, exported));
    return !isKnown
        ? Optional.of(
            new Older(
                "checkpoint %d that was exported is not the one that it has: its history is another"
                    .formatted(number),
                0,
                0))
        : Optional.empty();
  }

  /// Whether it is the checkpoint by which the loss of `exported` was accepted. It is the next one
  /// there, for those between are lost as well. Whoever wrote it had the last one that was lost:
  /// another history that has the same number is not covered by it.
  private static boolean isLossOf(CheckpointStore.Stored next, SignedCheckpoint exported) {
    try {
      var checkpoint = SignedCheckpoint.parse(next.jws()).checkpoint();
      long number = exported.checkpoint().number();
      var lost = checkpoint.lost();
      return lost.filter(of -> of.from() <= number && number <= of.to()).isPresent()
          && checkpoint
              .previous()
              .filter(of -> of.number() != number || of.sha256().equals(exported.sha256()))
              .isPresent();
    } catch (MalformedCheckpointException changed) {
      LOG.error("checkpoint {} was changed", next.number(), changed);
      return false;
    }
  }

  /// Shards before the lists that cover them, so that each certificate is found in its own.
  private List<Newer> newerCrls() throws IOException {
    var newer = new LinkedHashMap<String, Newer>();
    for (var issuer : stores.issuers().issuers()) {
      var id = issuer.issuer().id();
      var states = stores.crls().crlStates(id);
      for (var folder : crlFolders) {
        for (var copy : copies(folder, issuer)) {
          var name = String.valueOf(copy.getFileName());
          var scope = new CrlScope(name.substring(0, name.length() - ".crl".length()));
          var state = Optional.ofNullable(states.get(scope));
          long known = state.map(of -> of.latestNumber()).orElse(0L);
          var crl = read(copy, issuer);
          var key = id + "/" + scope;
          if (crl.isPresent()
              && crl.get().number().bitLength() < Long.SIZE
              && crl.get().number().longValueExact() > known
              && Optional.ofNullable(newer.get(key))
                  .filter(of -> of.crl().number().compareTo(crl.get().number()) >= 0)
                  .isEmpty()) {
            newer.put(key, new Newer(issuer, scope, crl.get(), known));
          }
        }
      }
    }
    var ordered = new ArrayList<>(newer.values());
    ordered.sort((a, b) -> Boolean.compare(b.scope().isShard(), a.scope().isShard()));
    return Collections.unmodifiableList(ordered);
  }

  private static List<Path> copies(Path folder, IssuerRecord issuer) throws IOException {
    var of =
        folder
            .resolve(StatusUrls.crlPath(issuer.issuer().id(), CrlScope.END_ENTITIES).substring(1))
            .getParent();
    if (of == null || !Files.isDirectory(of)) {
      return List.of();
    }
    var copies = new ArrayList<Path>();
    try (var files = Files.newDirectoryStream(of, "*.crl")) {
      for (var each : files) {
        if (each.toString().endsWith(".delta.crl")) {
          continue;
        }
        if (LIST.matcher(String.valueOf(each.getFileName())).matches()) {
          copies.add(each);
        } else {
          LOG.warn("{} has not the name of a list, and is left out", each);
        }
      }
    }
    Collections.sort(copies);
    return List.copyOf(copies);
  }

  /// Only what the issuer signed: whoever can write into the folder must not revoke anything.
  private static Optional<Crl> read(Path copy, IssuerRecord issuer) throws IOException {
    try {
      var crl = Crl.parse(Files.readAllBytes(copy));
      if (crl.isSignedBy(issuer.issuer().publicKey()) && crl.baseNumber().isEmpty()) {
        return Optional.of(crl);
      }
      LOG.error("{} is not signed by {}, and is left out", copy, issuer.issuer().name());
    } catch (MalformedCrlException damaged) {
      LOG.error("{} is damaged, and is left out", copy, damaged);
    }
    return Optional.empty();
  }
}
