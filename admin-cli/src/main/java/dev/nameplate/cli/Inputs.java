package dev.nameplate.cli;

import dev.nameplate.ca.x509.Pem;
import dev.nameplate.cli.http.ClientTls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;

/// Files that a command was told to read.
final class Inputs {

  private static final int LONGEST_SECRET = 1024;

  private Inputs() {}

  /// @throws CommandFailure if it cannot be read
  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw unreadable(file, unreadable);
    }
  }

  /// What is in PEM or DER, in PEM.
  ///
  /// @throws CommandFailure if it cannot be read
  static String pem(Path file, String type) {
    try {
      byte[] content = Files.readAllBytes(file);
      // a SEQUENCE: PEM begins with a dash, or with words
      return content.length > 0 && content[0] == 0x30
          ? Pem.encode(type, content)
          : new String(content, StandardCharsets.ISO_8859_1);
    } catch (IOException unreadable) {
      throw unreadable(file, unreadable);
    }
  }

  /// @throws CommandFailure if it cannot be read, or is no file of certificates in PEM
  static List<X509Certificate> certificates(Path pem) {
    try {
      return ClientTls.readCertificates(pem);
    } catch (IOException unreadable) {
      throw unreadable(pem, unreadable);
    }
  }

  /// The first line of a file, or of stdin if it is called `-`.
  ///
  /// @throws CommandFailure if it cannot be read, or is empty
  static byte[] secret(Path file) {
    byte[] content;
    try {
      content =
          file.equals(Path.of("-"))
              ? System.in.readNBytes(LONGEST_SECRET)
              : Files.readAllBytes(file);
    } catch (IOException unreadable) {
      throw unreadable(file, unreadable);
    }
    int end = 0;
    while (end < content.length && content[end] != '\n' && content[end] != '\r') {
      end++;
    }
    var secret = Arrays.copyOf(content, end);
    Arrays.fill(content, (byte) 0);
    if (new String(secret, StandardCharsets.UTF_8).isBlank()) {
      throw CommandFailure.error(file + " has no secret in its first line");
    }
    return secret;
  }

  static CommandFailure unreadable(Path file, IOException why) {
    var says =
        switch (why) {
          case NoSuchFileException _ -> "there is no file " + file;
          case AccessDeniedException _ -> file + " may not be read by this user";
          case IOException _ -> file + " cannot be read: " + why.getMessage();
        };
    return CommandFailure.error(says).because(why);
  }
}
