package dev.nameplate.ca.store;

import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// What is known of the data on a device that was taken out of service.
public sealed interface WipeEvidence {

  /// As it stands in a plan and in a receipt, for canonical JSON.
  Map<String, String> members();

  /// In words, for the audit log.
  String words();

  /// How media are sanitized, in the terms of NIST SP 800-88.
  enum Method {
    /// Overwritten by ordinary means.
    CLEAR,
    /// So that a laboratory does not get it back: cryptographic erase, block erase.
    PURGE,
    /// The medium is no more.
    DESTROY;

    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /// @throws IllegalArgumentException if there is no such method
    public static Method of(String text) {
      for (var method : values()) {
        if (method.text().equals(text)) {
          return method;
        }
      }
      throw new IllegalArgumentException("'" + text + "' is none of clear, purge, destroy");
    }
  }

  /// It was wiped, and somebody has looked.
  ///
  /// @param tool with which it was done
  /// @param verifiedBy who has looked
  /// @param serial of the device or its medium
  /// @param fileSha256 of a report or a photo that is kept elsewhere, in hex
  record Wiped(
      Method method,
      String tool,
      String verifiedBy,
      Instant at,
      Optional<String> serial,
      Optional<String> fileSha256)
      implements WipeEvidence {

    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

    public Wiped {
      required("tool", tool);
      required("verified_by", verifiedBy);
      serial.ifPresent(text -> required("serial", text));
      if (fileSha256.filter(hash -> !SHA_256.matcher(hash).matches()).isPresent()) {
        throw new IllegalArgumentException("file_sha256 is not 64 hex digits");
      }
    }

    /// The same at another time.
    public Wiped at(Instant then) {
      return new Wiped(method, tool, verifiedBy, then, serial, fileSha256);
    }

    @Override
    public Map<String, String> members() {
      var members = new TreeMap<String, String>();
      members.put("method", method.text());
      members.put("tool", tool);
      members.put("verified_by", verifiedBy);
      members.put("at", at.toString());
      serial.ifPresent(text -> members.put("serial", text));
      fileSha256.ifPresent(hash -> members.put("evidence_sha256", hash));
      return members;
    }

    @Override
    public String words() {
      return method.text() + " with " + tool + ", verified by " + verifiedBy + " at " + at;
    }
  }

  /// Nobody has to show it, for a reason that somebody answers for.
  record Waived(String reason) implements WipeEvidence {

    public Waived {
      required("waiver", reason);
    }

    @Override
    public Map<String, String> members() {
      return Map.of("waiver", reason);
    }

    @Override
    public String words() {
      return "waived: " + reason;
    }
  }

  /// The longest text that is kept.
  int LONGEST = 500;

  private static void required(String name, String text) {
    if (text.isBlank() || text.length() > LONGEST) {
      throw new IllegalArgumentException(name + ": 1 to " + LONGEST + " characters are wanted");
    }
  }
}
