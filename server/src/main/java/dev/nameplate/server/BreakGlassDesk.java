package dev.nameplate.server;

import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.MalformedCsrException;
import dev.nameplate.ca.x509.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes up requests for break-glass that lie in the folder of a running server, which has its
/// database and its token to itself. Whoever can write there could stop the server and do it without.
public final class BreakGlassDesk implements Job {

  /// The names of files, behind the request's own.
  public static final String REQUEST = ".request";

  public static final String CERTIFICATE = ".pem";
  public static final String REFUSAL = ".refused";

  private static final Logger LOG = LoggerFactory.getLogger(BreakGlassDesk.class);
  private static final String REASON = "reason: ";
  private static final String USER = "user: ";
  private static final long LARGEST = 16 * 1024;

  private final Path folder;
  private final BiFunction<Csr, BreakGlass.Reason, Certificate> making;

  /// @param dir of the server
  BreakGlassDesk(Path dir, BiFunction<Csr, BreakGlass.Reason, Certificate> making) {
    this.folder = dir.resolve(BreakGlass.FOLDER);
    this.making = making;
  }

  /// What such a file says.
  public static String text(String csrPem, BreakGlass.Reason reason) {
    return REASON + reason.text() + "\n" + USER + reason.user() + "\n" + csrPem;
  }

  @Override
  public String name() {
    return "break-glass-desk";
  }

  @Override
  public String run(Instant now) {
    if (Files.notExists(folder)) {
      return "nothing waits";
    }
    int taken = 0;
    for (var file : waiting()) {
      take(file);
      taken++;
    }
    return taken + " requests taken up";
  }

  private List<Path> waiting() {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(REQUEST))
          .sorted()
          .toList();
    } catch (IOException unreadable) {
      LOG.error("the folder {} cannot be read", folder, unreadable);
      return List.of();
    }
  }

  /// A request is taken up once, whatever becomes of it.
  private void take(Path file) {
    var name = file.getFileName().toString();
    var id = name.substring(0, name.length() - REQUEST.length());
    try {
      var text = read(file);
      Files.delete(file);
      try {
        var made = making.apply(request(text), reason(text));
        PrivateFile.write(folder.resolve(id + CERTIFICATE), Pem.encode(made));
      } catch (RuntimeException | MalformedCsrException refused) {
        LOG.error("break-glass: {} was refused", id, refused);
        PrivateFile.write(
            folder.resolve(id + REFUSAL), String.valueOf(refused.getMessage()) + "\n");
      }
    } catch (IOException unusable) {
      LOG.error("break-glass: {} cannot be taken up, and is deleted", file, unusable);
      delete(file);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException stays) {
      LOG.error("{} cannot be deleted", file, stays);
    }
  }

  /// Only what the server's own user wrote, for nobody else to read.
  private String read(Path file) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > LARGEST) {
      throw new IOException(file + " is no request");
    }
    var owner = Files.getOwner(file, LinkOption.NOFOLLOW_LINKS);
    if (!owner.equals(Files.getOwner(folder.resolveSibling(SettingsFile.NAME)))) {
      throw new IOException(file + " is of " + owner + ", not of the server's user");
    }
    return PrivateFile.read(file);
  }

  private static Csr request(String text) throws MalformedCsrException {
    var blocks = Pem.blocks(text, "CERTIFICATE REQUEST");
    if (blocks.size() != 1) {
      throw new IllegalArgumentException(blocks.size() + " requests instead of one");
    }
    return Csr.parse(blocks.getFirst());
  }

  private static BreakGlass.Reason reason(String text) {
    return new BreakGlass.Reason(line(text, REASON), line(text, USER));
  }

  private static String line(String text, String name) {
    return text.lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()))
        .findFirst()
        .orElse("");
  }
}
