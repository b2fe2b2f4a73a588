package dev.nameplate.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.nameplate.cli.http.ClientTls;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;

/// Where a server is, whom to trust there and as whom to speak to it: `context.yaml`, which `init`
/// makes. Paths in it are relative to the file.
///
/// @param trust the authorities, in PEM
/// @param certificate the operator's, in PEM
/// @param key the operator's, in PEM
record Context(Path file, URI adminUrl, URI estUrl, Path trust, Path certificate, Path key) {

  static final String FILE_NAME = "context.yaml";

  /// @throws CommandFailure if there is no such file, or something is missing in it
  static Context read(Path file) {
    if (Files.notExists(file)) {
      throw CommandFailure.error("there is no " + file)
          .next("`nameplate init` makes one in the folder of the server: --dir DIR.");
    }
    var yaml = parse(file);
    return new Context(
        file,
        url(file, yaml, "admin_url"),
        url(file, yaml, "est_url"),
        path(file, yaml, "trust"),
        path(file, yaml, "certificate"),
        path(file, yaml, "key"));
  }

  /// The authorities' certificates.
  List<X509Certificate> anchors() {
    return Inputs.certificates(trust);
  }

  /// TLS as the operator.
  ///
  /// @throws CommandFailure if one of the files cannot be used
  SSLContext operatorTls() {
    var pem = Inputs.text(key);
    var chain = Inputs.certificates(certificate);
    try {
      return ClientTls.mutual(anchors(), ClientTls.readKey(pem), chain);
    } catch (GeneralSecurityException | IllegalArgumentException unusable) {
      throw CommandFailure.error(
              key + " and " + certificate + " are not a key and its certificate in PEM")
          .because(unusable);
    }
  }

  private static JsonNode parse(Path file) {
    try {
      return new YAMLMapper().readTree(Inputs.text(file));
    } catch (JsonProcessingException malformed) {
      throw CommandFailure.error(file + " is not YAML").because(malformed);
    }
  }

  private static URI url(Path file, JsonNode yaml, String name) {
    try {
      return URI.create(text(file, yaml, name));
    } catch (IllegalArgumentException malformed) {
      throw CommandFailure.error(file + ": " + name + " is not a URL").because(malformed);
    }
  }

  private static Path path(Path file, JsonNode yaml, String name) {
    return file.resolveSibling(text(file, yaml, name));
  }

  private static String text(Path file, JsonNode yaml, String name) {
    var value = yaml.path(name).asText();
    if (value.isBlank()) {
      throw CommandFailure.error(file + " does not say " + name);
    }
    return value;
  }
}
