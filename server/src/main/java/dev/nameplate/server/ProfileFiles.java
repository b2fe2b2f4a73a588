package dev.nameplate.server;

import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.x509.Der;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.Stream;

/// The certificate profiles of a server, each with the text that it was read from.
public final class ProfileFiles {

  public static final String FOLDER = "profiles";

  public static final String ROOT_CA = "root-ca";
  public static final String ISSUING_CA = "issuing-ca";
  public static final String OCSP_SIGNER = "ocsp-signer";
  public static final String TLS_SERVER = "tls-server";
  public static final String ADMIN = "admin";
  public static final String DEVICE = "device";
  public static final String STATION = "station";
  public static final String NODE = "node";
  public static final String CANARY = "canary";
  public static final String BREAK_GLASS = "break-glass";
  public static final String DOCUMENT_SIGNER = "document-signer";

  private static final List<String> SHIPPED =
      List.of(ROOT_CA, ISSUING_CA, OCSP_SIGNER, TLS_SERVER, ADMIN, DEVICE, STATION, NODE);

  /// The profiles that the server itself needs.
  private static final List<String> NEEDED = List.of(OCSP_SIGNER, TLS_SERVER);

  /// A profile, and its source.
  public record Source(CertificateProfile profile, String text) {}

  private final List<Source> sources;

  private ProfileFiles(List<Source> sources) {
    this.sources = List.copyOf(sources);
  }

  /// Those of a node that issues nothing.
  static ProfileFiles none() {
    return new ProfileFiles(List.of());
  }

  /// Reads every `*.yaml` of a folder.
  ///
  /// @throws InvalidSettingsException that names everything that is wrong with them
  public static ProfileFiles load(Path folder) throws InvalidSettingsException {
    var problems = new ArrayList<SettingsProblem>();
    var profiles = read(folder, problems);
    if (!problems.isEmpty()) {
      throw new InvalidSettingsException(problems);
    }
    return profiles;
  }

  /// The profiles that Nameplate comes with.
  public static ProfileFiles defaults() {
    var problems = new ArrayList<SettingsProblem>();
    var sources = new ArrayList<Source>();
    for (var name : SHIPPED) {
      parse(Path.of(name + ".yaml"), shipped(name), problems).ifPresent(sources::add);
    }
    if (!problems.isEmpty()) {
      throw new IllegalStateException("a shipped profile that is not right: " + problems);
    }
    return new ProfileFiles(sources);
  }

  /// What is right among the files of a folder; what is not becomes a problem.
  static ProfileFiles read(Path folder, List<SettingsProblem> problems) {
    var sources = new ArrayList<Source>();
    for (var file : files(folder, problems)) {
      YamlFile.text(file, problems)
          .flatMap(text -> parse(file, text, problems))
          .ifPresent(sources::add);
    }
    var profiles = new ProfileFiles(sources);
    if (problems.isEmpty()) {
      NEEDED.stream()
          .filter(name -> profiles.find(name).isEmpty())
          .map(name -> new SettingsProblem(folder, 0, "missing profile " + name + ".yaml"))
          .forEach(problems::add);
    }
    return profiles;
  }

  public Optional<CertificateProfile> find(String name) {
    return all().stream().filter(profile -> profile.name().equals(name)).findFirst();
  }

  /// @throws NoSuchElementException if there is none
  public CertificateProfile get(String name) {
    return find(name)
        .orElseThrow(() -> new NoSuchElementException("there is no profile '" + name + "'"));
  }

  public List<CertificateProfile> all() {
    return sources.stream().map(Source::profile).toList();
  }

  /// Those that may be asked for over EST.
  public List<CertificateProfile> est() {
    return all().stream().filter(profile -> profile.enrollment().isPresent()).toList();
  }

  public List<Source> sources() {
    return sources;
  }

  /// That of canaries.
  Source canary() {
    return own(CANARY);
  }

  /// That of the keys with which the server signs documents.
  Source documentSigner() {
    return own(DOCUMENT_SIGNER);
  }

  /// The folder's, or the one that Nameplate comes with.
  private Source own(String name) {
    return sources.stream()
        .filter(source -> source.profile().name().equals(name))
        .findFirst()
        .orElseGet(
            () -> parse(Path.of(name + ".yaml"), shipped(name), new ArrayList<>()).orElseThrow());
  }

  /// That of administrators that are made in an emergency; no folder has another.
  static Source breakGlass() {
    return parse(Path.of(BREAK_GLASS + ".yaml"), shipped(BREAK_GLASS), new ArrayList<>())
        .orElseThrow();
  }

  private static List<Path> files(Path folder, List<SettingsProblem> problems) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(".yaml"))
          .sorted()
          .toList();
    } catch (IOException unreadable) {
      problems.add(
          new SettingsProblem(folder, 0, "the folder of profiles cannot be read: " + unreadable));
      return List.of();
    }
  }

  private static Optional<Source> parse(Path file, String text, List<SettingsProblem> problems) {
    var read =
        YamlFile.parse(file, text, problems)
            .flatMap(node -> new RecordBinder(file, problems).bind(ProfileFile.class, node));
    if (read.isEmpty()) {
      return Optional.empty();
    }
    var named = read.get().name() + ".yaml";
    if (!named.equals(file.getFileName().toString())) {
      problems.add(
          new SettingsProblem(file, 1, "profile '" + read.get().name() + "' belongs in " + named));
      return Optional.empty();
    }
    try {
      var version = Der.of(text.getBytes(StandardCharsets.UTF_8)).sha256Hex();
      return Optional.of(new Source(read.get().profile(version), text));
    } catch (IllegalArgumentException unsound) {
      problems.add(new SettingsProblem(file, 1, String.valueOf(unsound.getMessage())));
      return Optional.empty();
    }
  }

  private static String shipped(String name) {
    try (InputStream text = ProfileFiles.class.getResourceAsStream("profiles/" + name + ".yaml")) {
      if (text == null) {
        throw new IllegalStateException("the shipped profile " + name + " is not here");
      }
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new IllegalStateException("the shipped profile " + name, unreadable);
    }
  }
}
