package dev.nameplate.server.setup;

import dev.nameplate.server.FolderLock;
import dev.nameplate.server.InvalidSettingsException;
import dev.nameplate.server.PrivateFile;
import dev.nameplate.server.SettingsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.stream.Stream;

/// Makes a folder beside the wanted one and moves it there at the end, so that what fails or is
/// killed leaves nothing that stops the next attempt.
public final class Workshop {

  /// Fills a folder.
  @FunctionalInterface
  public interface Work<T> {
    T in(Path dir) throws IOException, InvalidSettingsException, InitException;
  }

  private final Path shown;
  private final Path target;

  /// @param dir the wanted folder, as the person wrote it
  public Workshop(Path dir) {
    this.shown = dir;
    this.target = dir.toAbsolutePath().normalize();
  }

  /// @throws InitException if it cannot be made, with the reason
  public <T> T make(Work<T> work) throws InitException {
    requireFree();
    try {
      var parent = Files.createDirectories(target.getParent());
      removeUnfinished(parent);
      var workshop = Files.createTempDirectory(parent, prefix(), PrivateFile.FOLDER);
      try (var _ = FolderLock.tryAcquire(workshop).orElseThrow()) {
        var made = work.in(workshop);
        Files.move(workshop, target, StandardCopyOption.ATOMIC_MOVE);
        return made;
      } finally {
        remove(workshop);
      }
    } catch (IOException | InvalidSettingsException | RuntimeException failed) {
      throw new InitException(shown + " was not made: " + failed.getMessage(), failed);
    }
  }

  private void requireFree() throws InitException {
    if (Files.exists(target.resolve(SettingsFile.NAME))) {
      throw new InitException(
          shown + " has a CA already; nothing was changed. Choose another folder.");
    }
    if (!Files.exists(target)) {
      return;
    }
    try (Stream<Path> content = Files.list(target)) {
      if (content.findAny().isPresent()) {
        throw new InitException(
            shown + " is not empty; nothing was changed. Choose another folder.");
      }
    } catch (IOException unreadable) {
      throw new InitException(shown + " cannot be used: " + unreadable, unreadable);
    }
  }

  private String prefix() {
    return "." + target.getFileName() + ".init-";
  }

  /// What a killed init left: it never issued anything that anybody has.
  private void removeUnfinished(Path parent) throws IOException {
    var leftovers = new ArrayList<Path>();
    try (Stream<Path> siblings = Files.list(parent)) {
      siblings
          .filter(path -> path.getFileName().toString().startsWith(prefix()))
          .forEach(leftovers::add);
    }
    for (var leftover : leftovers) {
      try (var lock = FolderLock.tryAcquire(leftover).orElse(null)) {
        if (lock != null) {
          remove(leftover);
        }
      }
    }
  }

  private static void remove(Path dir) throws IOException {
    if (!Files.exists(dir)) {
      return;
    }
    try (Stream<Path> all = Files.walk(dir)) {
      for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
