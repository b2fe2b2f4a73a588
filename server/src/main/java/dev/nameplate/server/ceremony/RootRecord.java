package dev.nameplate.server.ceremony;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.x509.KeyFingerprint;
import dev.nameplate.server.admin.AdminApi;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What the folder of an offline root says about it, in `root.json`: nothing of it is secret.
///
/// @param token the label of its token
/// @param module the PKCS#11 library of a token that is elsewhere; null for SoftHSM in this folder
/// @param keyLabel CKA_LABEL
/// @param keyId CKA_ID in hex
/// @param spkiSha256 of its public key
/// @param threshold how many shares make the PIN; 0 if it is in two halves
/// @param check tells a wrong PIN; null for a token that is elsewhere
/// @param publicUrl where the online server will publish its CRL
record RootRecord(
    String token,
    @Nullable String module,
    String keyLabel,
    String keyId,
    String spkiSha256,
    int threshold,
    @Nullable PinCheck check,
    URI publicUrl) {

  static final String FILE = "root.json";

  KeyLocation location() {
    return new KeyLocation(token, keyLabel, keyId, new KeyFingerprint(spkiSha256));
  }

  static RootRecord read(Path dir) throws CeremonyException {
    var file = dir.resolve(FILE);
    if (!Files.exists(file)) {
      throw new CeremonyException(
          dir
              + " is no folder of an offline root: it has no "
              + FILE
              + " (nameplate ceremony root)");
    }
    try {
      return AdminApi.json().readValue(Files.readString(file), RootRecord.class);
    } catch (IOException unreadable) {
      throw new CeremonyException(file + " cannot be read: " + unreadable.getMessage(), unreadable);
    }
  }

  void write(Path dir) throws CeremonyException {
    try {
      NewFile.write(
          dir.resolve(FILE),
          AdminApi.json().writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n");
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a record that is no JSON", impossible);
    }
  }
}
