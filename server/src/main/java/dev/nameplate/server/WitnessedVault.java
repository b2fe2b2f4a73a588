package dev.nameplate.server;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.signing.KeyEvidence;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.KeyPurpose;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A vault of which every new key is looked at from close by: the evidence goes into a file, and
/// the file's hash into the audit log, before anybody is given the key. Where a token gives no
/// evidence the key is good all the same, and the log says that there is none. A key that can get
/// out is good for OCSP answers, which are over in days, but for no authority.
final class WitnessedVault implements KeyVault {

  private static final Logger LOG = LoggerFactory.getLogger(WitnessedVault.class);
  private static final int NONCE_BYTES = 32;

  private final KeyVault vault;
  private final Path folder;
  private final Consumer<AuditEvent> audit;
  private final InstantSource clock;
  private final RandomGenerator random;

  /// @param folder where the files are kept; it is made when the first one is
  /// @param audit writes down what it is given
  WitnessedVault(
      KeyVault vault,
      Path folder,
      Consumer<AuditEvent> audit,
      InstantSource clock,
      RandomGenerator random) {
    this.vault = vault;
    this.folder = folder;
    this.audit = audit;
    this.clock = clock;
    this.random = random;
  }

  /// The file with the evidence of a key.
  static Path file(Path folder, KeyLocation key) {
    var label = key.label().replaceAll("[^A-Za-z0-9._-]", "_");
    return folder.resolve(label + "-" + key.fingerprint().hex().substring(0, 16) + ".json");
  }

  @Override
  public GeneratedKey generate(String label, KeyType type) {
    return witnessed(vault.generate(label, type));
  }

  @Override
  public GeneratedKey generate(KeyPurpose purpose, String label, KeyType type) {
    var made = vault.generate(purpose, label, type);
    var event = witness(made.location());
    audit.accept(event);
    if (!event.exposed().isEmpty() && isOfAnAuthority(purpose)) {
      throw new SigningException(
          "key %s can get out of token %s and is not used for an authority: the token let us %s."
                  .formatted(label, made.location().token(), event.exposed())
              + " It is left in the token: destroy it there, and use another token or template");
    }
    return made;
  }

  private static boolean isOfAnAuthority(KeyPurpose purpose) {
    return switch (purpose) {
      case ROOT, ISSUING -> true;
      case OCSP, AUDIT -> false;
    };
  }

  private GeneratedKey witnessed(GeneratedKey made) {
    audit.accept(witness(made.location()));
    return made;
  }

  private AuditEvent.KeyMade witness(KeyLocation key) {
    var nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      var evidence = vault.evidence(key, nonce, clock.instant());
      var exposed =
          evidence.exposures().stream()
              .map(KeyEvidence.Attempt::what)
              .collect(Collectors.joining("; "));
      if (!exposed.isEmpty()) {
        LOG.error("key {} in token {} CAN GET OUT: {}", key.label(), key.token(), exposed);
      }
      keep(key, evidence);
      return event(key, evidence.sha256(), exposed);
    } catch (SigningException | IOException none) {
      LOG.error("there is no evidence of key {} in token {}", key.label(), key.token(), none);
      return event(key, "", "");
    }
  }

  private void keep(KeyLocation key, KeyEvidence evidence) throws IOException {
    Files.createDirectories(folder);
    PrivateFile.replace(file(folder, key), evidence.toJson());
  }

  private static AuditEvent.KeyMade event(KeyLocation key, String sha256, String exposed) {
    return new AuditEvent.KeyMade(
        key.fingerprint(), key.token(), key.label(), key.id(), sha256, exposed);
  }

  @Override
  public SigningKey find(KeyLocation location) {
    return vault.find(location);
  }

  @Override
  public KeyEvidence evidence(KeyLocation location, byte[] nonce, Instant at) {
    return vault.evidence(location, nonce, at);
  }

  @Override
  public VaultHealth health() {
    return vault.health();
  }

  @Override
  public void close() {
    vault.close();
  }
}
