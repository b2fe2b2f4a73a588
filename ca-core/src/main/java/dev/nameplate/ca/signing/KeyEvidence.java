package dev.nameplate.ca.signing;

import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.PublicKeyInfo;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a vault can show for one of its keys: what it says of it, what it refused to do with it,
/// and a signature that proves it has it. It is the vault's word; docs/key-evidence.md says what it
/// is worth.
///
/// @param driver what reached the key: `pkcs11`
/// @param module what the library says of itself, by name
/// @param token what the token says of itself, by name
/// @param attributes what the token says of the private key: `CKA_SENSITIVE` is `true`
/// @param attempts at what must not work
/// @param attestation what the maker of the token signed about the key, in Base64; nothing where it
///   does not sign any such thing, or we cannot ask for it
/// @param limits what all this does not prove, in words
public record KeyEvidence(
    KeyLocation key,
    PublicKeyInfo publicKey,
    Instant at,
    String driver,
    Map<String, String> module,
    Map<String, String> token,
    Map<String, String> attributes,
    List<Attempt> attempts,
    Proof proof,
    List<String> attestation,
    List<String> limits) {

  /// The name and version of the form in which it is written.
  public static final String FORMAT = "nameplate-key-evidence-1";

  public KeyEvidence {
    at = at.truncatedTo(ChronoUnit.SECONDS);
    module = Map.copyOf(module);
    token = Map.copyOf(token);
    attributes = Map.copyOf(attributes);
    attempts = List.copyOf(attempts);
    attestation = List.copyOf(attestation);
    limits = List.copyOf(limits);
  }

  /// Something that was tried, and should not work.
  ///
  /// @param what in words: `read CKA_VALUE`
  /// @param call the function that should refuse it: `C_GetAttributeValue`
  /// @param exposes whether the key could leave the token if it worked
  public record Attempt(String what, String call, boolean exposes, Outcome outcome) {

    boolean isExposed() {
      return exposes && outcome instanceof Outcome.Worked;
    }
  }

  /// What became of an attempt.
  public sealed interface Outcome {

    /// @param code what the token said: `CKR_ATTRIBUTE_SENSITIVE`
    record Refused(String code) implements Outcome {}

    /// @param after what was done about it
    record Worked(String after) implements Outcome {}

    record NotTried(String why) implements Outcome {}
  }

  /// A signature over a text that cannot be mistaken for anything that a CA signs: what it signs is
  /// a SEQUENCE in DER, and this begins with a letter.
  ///
  /// @param nonce in lower-case hex
  /// @param algorithm in the words of the JDK: `SHA256withECDSA`
  /// @param signature as X.509 carries it, in Base64
  public record Proof(String nonce, String signed, String algorithm, String signature) {

    /// Has the key sign a nonce.
    ///
    /// @throws SigningException if it cannot
    public static Proof by(SigningKey key, byte[] nonce) {
      var hex = HexFormat.of().formatHex(nonce);
      var text = FORMAT + ":" + key.publicKey().fingerprint() + ":" + hex;
      var signature = key.sign(text.getBytes(StandardCharsets.UTF_8));
      return new Proof(
          hex, text, key.algorithm().jcaName(), Base64.getEncoder().encodeToString(signature));
    }
  }

  /// Of a vault that can say nothing of its keys, and has them.
  ///
  /// @throws SigningException if the key does not sign
  static KeyEvidence ofPossession(KeyLocation location, SigningKey key, byte[] nonce, Instant at) {
    return new KeyEvidence(
        location,
        key.publicKey(),
        at,
        "unknown",
        Map.of(),
        Map.of(),
        Map.of(),
        List.of(),
        Proof.by(key, nonce),
        List.of(),
        List.of(
            "This vault cannot be asked how it keeps its keys: the signature shows that it can use"
                + " this one, and nothing shows that nobody else can."));
  }

  /// The attempts that worked, and let the key out; for a good token there are none.
  public List<Attempt> exposures() {
    return attempts.stream().filter(Attempt::isExposed).toList();
  }

  /// Canonical JSON (RFC 8785): whoever has the same evidence has the same bytes.
  public String toJson() {
    return CanonicalJson.of(
        Map.ofEntries(
            Map.entry("format", FORMAT),
            Map.entry("time", at.toString()),
            Map.entry("driver", driver),
            Map.entry("java", System.getProperty("java.runtime.version", "unknown")),
            Map.entry("key", keyAsJson()),
            Map.entry("module", module),
            Map.entry("token", token),
            Map.entry("attributes", attributes),
            Map.entry("attempts", attempts.stream().map(KeyEvidence::json).toList()),
            Map.entry("exposed", !exposures().isEmpty()),
            Map.entry("proof", proofAsJson()),
            Map.entry("attestation", attestation),
            Map.entry("limits", limits)));
  }

  /// The SHA-256 of [#toJson], in lower-case hex.
  public String sha256() {
    return HexFormat.of().formatHex(Der.sha256(toJson().getBytes(StandardCharsets.UTF_8)));
  }

  private Map<String, String> keyAsJson() {
    return Map.of(
        "token",
        key.token(),
        "label",
        key.label(),
        "id",
        key.id(),
        "type",
        publicKey.type().text(),
        "spki",
        Base64.getEncoder().encodeToString(publicKey.spki().toByteArray()),
        "spki_sha256",
        publicKey.fingerprint().toString());
  }

  private Map<String, String> proofAsJson() {
    return Map.of(
        "nonce",
        proof.nonce(),
        "signed",
        proof.signed(),
        "algorithm",
        proof.algorithm(),
        "signature",
        proof.signature());
  }

  private static Map<String, String> json(Attempt attempt) {
    var json = new LinkedHashMap<String, String>();
    json.put("what", attempt.what());
    json.put("call", attempt.call());
    switch (attempt.outcome()) {
      case Outcome.Refused(var code) -> {
        json.put("outcome", "refused");
        json.put("code", code);
      }
      case Outcome.Worked(var after) -> {
        json.put("outcome", attempt.exposes() ? "EXPOSED" : "allowed");
        json.put("after", after);
      }
      case Outcome.NotTried(var why) -> {
        json.put("outcome", "not tried");
        json.put("why", why);
      }
    }
    return json;
  }
}
