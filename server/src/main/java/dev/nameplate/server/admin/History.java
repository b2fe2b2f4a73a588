package dev.nameplate.server.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.ca.audit.AuditRow;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Audit rows in words.
final class History {

  private static final ObjectMapper JSON = new ObjectMapper();

  /// As an Origin is written down.
  private static final Pattern ORIGIN = Pattern.compile("request (\\S+) from (.+)");

  private History() {}

  static AdminApi.Happened event(AuditRow row) {
    var payload = payload(row);
    var origin = ORIGIN.matcher(payload.path("origin").asText());
    boolean known = origin.matches();
    return new AdminApi.Happened(
        row.at(),
        row.kind(),
        known ? origin.group(1) : null,
        known ? origin.group(2) : null,
        credential(payload),
        row.payload().isPresent() ? words(row.kind(), payload) : "erased");
  }

  /// What the row says; nothing if it was erased.
  static JsonNode payload(AuditRow row) {
    return row.payload().map(History::parse).orElseGet(JSON::createObjectNode);
  }

  private static String words(String kind, JsonNode of) {
    return switch (kind) {
      case "OwnerRegistered" -> "registered for " + text(of, "label") + by(of);
      case "SecretIssued" ->
          "secret "
              + text(of, "secretId")
              + ", uses: "
              + text(of, "uses")
              + ", until "
              + text(of, "expires")
              + by(of);
      case "Issuing" -> "accepted: serial " + text(of, "serial") + " under " + text(of, "label");
      case "Issued" -> "issued: serial " + text(of, "serial");
      case "Abandoned" -> "given up: serial " + text(of, "serial") + ": " + text(of, "why");
      case "Refused" -> "refused: " + text(of, "reason") + ": " + text(of, "detail");
      case "RetiredSeen" ->
          "seen although it was taken back: "
              + text(of, "count")
              + " times, by "
              + text(of, "source");
      case "Confirmed" -> "seen in use: serial " + text(of, "serial");
      case "Revoked" ->
          "revoked: serial " + text(of, "serial") + " (" + text(of, "reason") + ")" + by(of);
      case "ReasonChanged" ->
          "revoked: serial "
              + text(of, "serial")
              + " ("
              + text(of, "to")
              + ", before "
              + text(of, "from")
              + ")"
              + by(of);
      case "Released" -> "off hold: serial " + text(of, "serial") + by(of);
      case "Retired" -> "retired (" + text(of, "reason") + ")" + by(of);
      case "Suspended" ->
          "suspended: "
              + text(of, "reason")
              + (text(of, "until").isEmpty() ? "" : ", until " + text(of, "until"))
              + by(of);
      case "Resumed" -> "resumed: " + text(of, "why") + by(of);
      case "RetirementFinished" -> "retirement proven: " + text(of, "evidence") + by(of);
      case "RegistrationCancelled" -> "cancelled: " + text(of, "why") + by(of);
      case "Repurposed" ->
          "let back under "
              + text(of, "label")
              + ", in epoch "
              + text(of, "epoch")
              + ": "
              + text(of, "why")
              + by(of);
      case "Purged" -> "purged" + by(of);
      case "AttributesChanged" -> "changed: " + text(of, "changes") + by(of);
      case "MoveRefused" -> "not done: " + text(of, "detail") + by(of);
      case "DeviceTransferred" -> "handed over to " + text(of, "to") + by(of);
      case "DeviceReceived" -> "taken over from " + text(of, "from") + by(of);
      case "RequestQueued" -> "queued: " + text(of, "id") + " waits for an operator";
      case "RequestApproved" -> "approved: " + text(of, "id") + by(of);
      case "RequestDenied" -> "denied: " + text(of, "id") + ": " + text(of, "reason") + by(of);
      case "RequestExpired" -> "expired: " + text(of, "id");
      case "RequestVoided" -> "ended: " + text(of, "id") + ": " + text(of, "why");
      case "AccessDenied" -> "denied: " + text(of, "asked") + ": " + text(of, "why");
      case "RoleGranted" -> "is " + text(of, "role") + " of " + text(of, "scope") + by(of);
      case "RoleRevoked" -> "is not " + text(of, "role") + " of " + text(of, "scope") + by(of);
      case "GlassBroken" ->
          "made in an emergency by " + text(of, "user") + ": " + text(of, "reason");
      case "RetirementFailed" -> "not retired by plan " + text(of, "plan") + ": " + text(of, "why");
      case "WipeRecorded" -> "wiped: " + text(of, "what") + by(of);
      case "RevocationSeen" ->
          "seen revoked by OCSP and CRL, certificates: " + text(of, "certificates");
      default -> kind;
    };
  }

  /// Its kind only: `secret`, `certificate`.
  private static @Nullable String credential(JsonNode payload) {
    var credential = payload.path("credential").asText();
    return credential.isEmpty() ? null : credential.split(":", 2)[0];
  }

  private static String by(JsonNode of) {
    return ", by " + text(of, "by");
  }

  private static String text(JsonNode of, String field) {
    return of.path(field).asText();
  }

  private static JsonNode parse(String payload) {
    try {
      return JSON.readTree(payload);
    } catch (JsonProcessingException broken) {
      throw new IllegalStateException("an audit payload that is no JSON", broken);
    }
  }
}
