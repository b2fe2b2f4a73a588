package dev.nameplate.server;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.store.CrlSource;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.MalformedCrlException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/// Keeps a copy of each CRL in a folder, for a web server or a CDN: under the paths that their URLs
/// have. A file is there whole or not at all, on disk before it has its name, and never replaced by
/// an older one. What cannot be written is tried again; the file before stays.
final class CrlExport implements Job {

  private static final String HALF_WRITTEN = ".part";

  /// Writes what a file is to hold.
  @FunctionalInterface
  interface Writing {
    void write(FileChannel to, ByteBuffer content) throws IOException;
  }

  private record ListId(IssuerId issuer, CrlScope scope) {}

  private final String name;
  private final Path folder;
  private final CrlSource crls;
  private final Supplier<List<Authority>> authorities;
  private final Writing writing;
  private final Supplier<Optional<String>> checkpoint;
  private final Map<ListId, Long> written = new HashMap<>();
  private Optional<String> lastCheckpoint = Optional.empty();

  CrlExport(Path folder, CrlSource crls, Supplier<List<Authority>> authorities) {
    this("crl-export", folder, crls, authorities, Optional::empty, CrlExport::writeWhole);
  }

  CrlExport(Path folder, CrlSource crls, Supplier<List<Authority>> authorities, Writing writing) {
    this("crl-export", folder, crls, authorities, Optional::empty, writing);
  }

  /// @param checkpoint the last checkpoint of the audit log, which is kept beside the CRLs
  CrlExport(
      String name,
      Path folder,
      CrlSource crls,
      Supplier<List<Authority>> authorities,
      Supplier<Optional<String>> checkpoint) {
    this(name, folder, crls, authorities, checkpoint, CrlExport::writeWhole);
  }

  private CrlExport(
      String name,
      Path folder,
      CrlSource crls,
      Supplier<List<Authority>> authorities,
      Supplier<Optional<String>> checkpoint,
      Writing writing) {
    this.name = name;
    this.checkpoint = checkpoint;
    this.folder = folder;
    this.crls = crls;
    this.authorities = authorities;
    this.writing = writing;
  }

  @Override
  public String name() {
    return name;
  }

  /// @throws UncheckedIOException if a file cannot be written; the others are
  @Override
  public synchronized String run(Instant now) {
    int files = 0;
    IOException failed = null;
    for (var authority : authorities.get()) {
      for (var list : crls.crlStates(authority.id()).entrySet()) {
        var id = new ListId(authority.id(), list.getKey());
        if (list.getValue().latestNumber() > written.getOrDefault(id, 0L)) {
          try {
            files += export(id) ? 1 : 0;
          } catch (IOException notThisOne) {
            failed = notThisOne;
          }
        }
      }
    }
    try {
      exportCheckpoint();
    } catch (IOException notThisOne) {
      failed = notThisOne;
    }
    if (failed != null) {
      throw new UncheckedIOException("a CRL cannot be exported to " + folder, failed);
    }
    return files + " CRLs exported";
  }

  private void exportCheckpoint() throws IOException {
    var latest = checkpoint.get();
    if (!latest.equals(lastCheckpoint) && latest.isPresent()) {
      replace(
          folder.resolve(StatusUrls.CHECKPOINT_PATH.substring(1)),
          ByteBuffer.wrap(latest.get().getBytes(StandardCharsets.US_ASCII)));
      lastCheckpoint = latest;
    }
  }

  private boolean export(ListId id) throws IOException {
    var latest = crls.latestCrl(id.issuer(), id.scope());
    if (latest.isEmpty()) {
      return false;
    }
    var crl = latest.get();
    var file = folder.resolve(StatusUrls.crlPath(id.issuer(), id.scope()).substring(1));
    var delta = folder.resolve(StatusUrls.deltaPath(id.issuer(), id.scope()).substring(1));
    // first the delta, which is of use to whoever has a list from before; each by itself, for
    // the other one may have failed the last time
    boolean changed = false;
    if (crl.delta().isPresent()) {
      changed = replaceIfOlder(delta, crl.delta().get(), crl.number());
    }
    changed |= replaceIfOlder(file, crl.der(), crl.number());
    if (crl.delta().isEmpty() && isOlder(delta, crl.number())) {
      changed |= Files.deleteIfExists(delta);
    }
    written.put(id, crl.number());
    return changed;
  }

  private boolean replaceIfOlder(Path file, Der crl, long number) throws IOException {
    boolean older = isOlder(file, number);
    if (older) {
      replace(file, crl.buffer());
    }
    return older;
  }

  private static boolean isOlder(Path file, long number) throws IOException {
    if (!Files.exists(file)) {
      return true;
    }
    try {
      var there = Crl.parse(Files.readAllBytes(file));
      return there.number().compareTo(BigInteger.valueOf(number)) < 0;
    } catch (MalformedCrlException damaged) {
      return true;
    }
  }

  private void replace(Path file, ByteBuffer content) throws IOException {
    var directory = Objects.requireNonNull(file.toAbsolutePath().getParent());
    Files.createDirectories(directory);
    var part = directory.resolve(file.getFileName() + HALF_WRITTEN);
    try {
      try (var channel =
          FileChannel.open(
              part,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        writing.write(channel, content);
        channel.force(true);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException failed) {
      Files.deleteIfExists(part);
      throw failed;
    }
    // the name is on disk only when its folder is
    try (var names = FileChannel.open(directory, StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  private static void writeWhole(FileChannel to, ByteBuffer content) throws IOException {
    while (content.hasRemaining()) {
      to.write(content);
    }
  }
}
