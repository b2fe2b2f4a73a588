package dev.nameplate.cli.est;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.MalformedCsrException;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.UnacceptableKeyException;
import dev.nameplate.cli.http.ClientTls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// A folder with one identity, `key.pem`, `cert.pem` and `chain.pem`, in which the three are
/// replaced together or not at all, whatever moment the power fails at.
///
/// The three are links through `.current` to a generation, a folder `.1`, `.2`, …; turning that one
/// link is what replaces them. A generation that is newer than the current one is an [Attempt]: its
/// key and its request were on disk before anything was sent.
///
/// ```
/// pump/key.pem   -> .current/key.pem
/// pump/cert.pem  -> .current/cert.pem
/// pump/chain.pem -> .current/chain.pem
/// pump/.current  -> .2
/// pump/.2/         key.pem (0600)  request.pem  cert.pem  chain.pem
/// ```
///
/// One run at a time works in a folder; it holds a lock on `.lock` from [#open] to [#close].
public final class IdentityFolder implements AutoCloseable {

  public static final String KEY = "key.pem";
  public static final String CERTIFICATE = "cert.pem";
  public static final String CHAIN = "chain.pem";

  private static final String REQUEST = "request.pem";
  private static final String REQUEST_LABEL = "CERTIFICATE REQUEST";
  private static final String CURRENT = ".current";
  private static final String LOCK = ".lock";
  private static final List<String> SHOWN = List.of(KEY, CHAIN, CERTIFICATE);

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> FOR_ALL_TO_READ =
      PosixFilePermissions.fromString("rw-r--r--");

  private final Path folder;
  private final FileChannel lock;

  private IdentityFolder(Path folder, FileChannel lock) {
    this.folder = folder;
    this.lock = lock;
  }

  /// Makes the folder if it is not there, and locks it.
  ///
  /// @throws IOException if it cannot be made, or another run is at work in it
  public static IdentityFolder open(Path folder) throws IOException {
    Files.createDirectories(folder);
    var lock = FileChannel.open(folder.resolve(LOCK), CREATE, WRITE);
    try {
      if (lock.tryLock() != null) {
        return new IdentityFolder(folder, lock);
      }
    } catch (OverlappingFileLockException _) {
      // by this very process: the same as by another
    }
    lock.close();
    throw new IOException("another run is at work in " + folder);
  }

  /// The key and its certificate in a folder that this or another tool filled; empty if there is no
  /// certificate. Needs no lock.
  ///
  /// @throws IOException if something is there that cannot be read
  public static Optional<Identity> read(Path folder) throws IOException {
    var certificate = folder.resolve(CERTIFICATE);
    var chain = folder.resolve(CHAIN);
    if (Files.notExists(certificate)) {
      return Optional.empty();
    }
    var issuers =
        Files.exists(chain) && Files.size(chain) > 0
            ? ClientTls.readCertificates(chain)
            : List.<X509Certificate>of();
    return Optional.of(
        new Identity(
            readKey(folder.resolve(KEY)),
            ClientTls.readCertificates(certificate).getFirst(),
            issuers));
  }

  public Path file(String name) {
    return folder.resolve(name);
  }

  /// The attempt that an earlier run began and did not end.
  ///
  /// @throws IOException if one is there that cannot be read
  public Optional<Attempt> unfinished() throws IOException {
    int latest = latestGeneration();
    var attempt = generation(latest);
    if (latest <= currentGeneration() || Files.notExists(attempt.resolve(REQUEST))) {
      return Optional.empty();
    }
    try {
      var blocks = Pem.blocks(Files.readString(attempt.resolve(REQUEST)), REQUEST_LABEL);
      if (blocks.isEmpty()) {
        // the power failed while it was written, so it was never sent
        return Optional.empty();
      }
      return Optional.of(
          new Attempt(attempt, readKey(attempt.resolve(KEY)), Csr.parse(blocks.getFirst())));
    } catch (MalformedCsrException unreadable) {
      throw new IOException(
          attempt.resolve(REQUEST) + " cannot be read: " + unreadable.getMessage(), unreadable);
    }
  }

  /// Writes key and request; on return both are on disk, and the request may be sent. What is
  /// current stays so.
  public Attempt begin(SoftwareKey key, Der csr) throws IOException {
    adoptPlainFiles();
    forgetUnfinished();
    int next = latestGeneration() + 1;
    var attempt = newGeneration(next);
    write(attempt.resolve(KEY), key.toPem(), OWNER_ONLY);
    write(attempt.resolve(REQUEST), Pem.encode(REQUEST_LABEL, csr.toByteArray()), FOR_ALL_TO_READ);
    flush(attempt);
    flush(folder);
    return unfinished().orElseThrow(() -> new IOException(attempt + " is gone"));
  }

  /// Makes the attempt the current identity. The key and certificate before are deleted.
  public void commit(Attempt attempt, X509Certificate certificate, List<X509Certificate> issuers)
      throws IOException {
    Files.deleteIfExists(attempt.folder().resolve(CERTIFICATE));
    Files.deleteIfExists(attempt.folder().resolve(CHAIN));
    write(attempt.folder().resolve(CHAIN), pem(issuers), FOR_ALL_TO_READ);
    write(attempt.folder().resolve(CERTIFICATE), pem(List.of(certificate)), FOR_ALL_TO_READ);
    flush(attempt.folder());
    turnTo(attempt.folder().getFileName());
    for (var name : SHOWN) {
      link(name);
    }
    flush(folder);
    int current = currentGeneration();
    for (int generation : generations()) {
      if (generation < current) {
        delete(generation(generation));
      }
    }
  }

  /// Deletes the key and request of an attempt that did not end, if there is one. If the server had
  /// answered it, that certificate is of no use to anybody any more.
  public void forgetUnfinished() throws IOException {
    int current = currentGeneration();
    for (int generation : generations()) {
      if (generation > current) {
        delete(generation(generation));
      }
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  // A folder that some other tool filled: its files become the first generation. At every moment
  // key.pem and cert.pem are the old pair, whether as files or as links.
  private void adoptPlainFiles() throws IOException {
    if (currentGeneration() > 0 || Files.notExists(file(CERTIFICATE))) {
      return;
    }
    forgetUnfinished();
    var first = newGeneration(1);
    for (var name : SHOWN) {
      if (Files.exists(file(name))) {
        write(
            first.resolve(name),
            Files.readString(file(name)),
            name.equals(KEY) ? OWNER_ONLY : FOR_ALL_TO_READ);
      }
    }
    flush(first);
    turnTo(first.getFileName());
    for (var name : SHOWN) {
      link(name);
    }
    flush(folder);
  }

  private void turnTo(Path generation) throws IOException {
    replaceLink(file(CURRENT), generation);
    flush(folder);
  }

  private void link(String name) throws IOException {
    replaceLink(file(name), Path.of(CURRENT, name));
  }

  private static void replaceLink(Path link, Path target) throws IOException {
    var beside = link.resolveSibling(link.getFileName() + ".new");
    Files.deleteIfExists(beside);
    Files.createSymbolicLink(beside, target);
    Files.move(beside, link, ATOMIC_MOVE);
  }

  /// 0 if there is none.
  private int currentGeneration() throws IOException {
    return Files.isSymbolicLink(file(CURRENT))
        ? Integer.parseInt(Files.readSymbolicLink(file(CURRENT)).toString().substring(1))
        : 0;
  }

  private int latestGeneration() throws IOException {
    var generations = generations();
    return generations.isEmpty() ? 0 : generations.last();
  }

  private NavigableSet<Integer> generations() throws IOException {
    var found = new TreeSet<Integer>();
    if (Files.isDirectory(folder)) {
      try (var entries = Files.newDirectoryStream(folder, ".[0-9]*")) {
        for (var entry : entries) {
          var name = entry.getFileName().toString();
          if (name.matches("\\.[0-9]{1,9}")) {
            found.add(Integer.valueOf(name.substring(1)));
          }
        }
      }
    }
    return found;
  }

  private Path generation(int number) {
    return file("." + number);
  }

  private Path newGeneration(int number) throws IOException {
    return Files.createDirectory(
        generation(number),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
  }

  private static SoftwareKey readKey(Path pem) throws IOException {
    try {
      return SoftwareKey.fromPem(Files.readString(pem));
    } catch (UnacceptableKeyException unreadable) {
      throw new IOException(
          pem + " is not a private key in PKCS#8 PEM: " + unreadable.getMessage(), unreadable);
    }
  }

  private static String pem(List<X509Certificate> certificates) throws IOException {
    try {
      var text = new StringBuilder();
      for (var certificate : certificates) {
        text.append(Pem.encode("CERTIFICATE", certificate.getEncoded()));
      }
      return text.toString();
    } catch (CertificateEncodingException impossible) {
      throw new IOException("a certificate that cannot be encoded", impossible);
    }
  }

  private static void write(Path file, String text, Set<PosixFilePermission> permissions)
      throws IOException {
    try (var channel =
        FileChannel.open(
            file, Set.of(CREATE_NEW, WRITE), PosixFilePermissions.asFileAttribute(permissions))) {
      var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  private static void flush(Path directory) throws IOException {
    try (var channel = FileChannel.open(directory, READ)) {
      channel.force(true);
    }
  }

  private static void delete(Path generation) throws IOException {
    if (!Files.isDirectory(generation, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (var entries = Files.newDirectoryStream(generation)) {
      for (var entry : entries) {
        Files.delete(entry);
      }
    }
    Files.delete(generation);
  }
}
