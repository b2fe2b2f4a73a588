package dev.nameplate.ca.signing;

import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.EcdsaSignature;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.MalformedCertificateException;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A JSON Web Signature in its compact form (RFC 7515 section 7.1) with the certificates of who
/// signed it. Its header has `alg` (RFC 7518, RFC 8037), `typ` and `x5c`, in this order, and
/// nothing else: a header that says more, or says it otherwise, is not read.
///
/// That one was read says that the holder of the first certificate signed the payload. Whether that
/// certificate is to be believed is for the caller to find out.
///
/// @param type what the payload is: `nameplate-receipt+json`
/// @param chain the signer's certificate first
/// @param payload JSON
/// @param compact what is stored and passed on
public record Jws(String type, List<Certificate> chain, String payload, String compact) {

  private static final int LARGEST = 16 * 1024 * 1024;
  private static final int MOST_CERTIFICATES = 8;

  private static final Pattern TYPE = Pattern.compile("[a-z0-9][a-z0-9+.-]{0,63}");
  private static final Pattern HEADER =
      Pattern.compile(
          "\\{\"alg\":\"([A-Za-z0-9]+)\",\"typ\":\"([^\"\\\\]+)\","
              + "\"x5c\":\\[\"([A-Za-z0-9+/=\",]+)\"]}");

  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
  private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

  /// How an algorithm of X.509 is called here, and the form of its signatures.
  ///
  /// @param octets of each number of an ECDSA signature; 0 for other algorithms
  private record Form(String name, SignatureAlgorithm algorithm, int octets) {

    /// RFC 7518 section 3.4 has one curve for each hash.
    boolean fits(KeyType type) {
      return octets == 0 ? algorithm.fits(type) : algorithm == SignatureAlgorithm.of(type);
    }

    byte[] toJose(byte[] signature) {
      return octets == 0 ? signature : EcdsaSignature.concatenated(signature, octets);
    }

    byte[] fromJose(byte[] signature) {
      return octets == 0 ? signature : EcdsaSignature.der(signature, octets);
    }
  }

  private static final List<Form> FORMS =
      List.of(
          new Form("ES256", SignatureAlgorithm.ECDSA_WITH_SHA256, 32),
          new Form("ES384", SignatureAlgorithm.ECDSA_WITH_SHA384, 48),
          new Form("ES512", SignatureAlgorithm.ECDSA_WITH_SHA512, 66),
          new Form("RS256", SignatureAlgorithm.SHA256_WITH_RSA, 0),
          new Form("RS384", SignatureAlgorithm.SHA384_WITH_RSA, 0),
          new Form("RS512", SignatureAlgorithm.SHA512_WITH_RSA, 0),
          new Form("PS256", SignatureAlgorithm.RSASSA_PSS_SHA256, 0),
          new Form("PS384", SignatureAlgorithm.RSASSA_PSS_SHA384, 0),
          new Form("PS512", SignatureAlgorithm.RSASSA_PSS_SHA512, 0),
          new Form("EdDSA", SignatureAlgorithm.ED25519, 0));

  public Jws {
    chain = List.copyOf(chain);
  }

  /// @throws SigningException if the key is away
  /// @throws IllegalArgumentException if JOSE has no name for what the key signs with
  public static Jws sign(CertifiedKey by, String type, String payload) {
    if (!TYPE.matcher(type).matches()) {
      throw new IllegalArgumentException("not a type of a JWS: " + type);
    }
    var form =
        FORMS.stream()
            .filter(each -> each.algorithm() == by.key().algorithm())
            .findFirst()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "JOSE has no name for " + by.key().algorithm().jcaName()));
    var signed = encoded(header(form, type, by.chain())) + "." + encoded(payload);
    var signature = form.toJose(by.key().sign(signed.getBytes(StandardCharsets.US_ASCII)));
    return new Jws(type, by.chain(), payload, signed + "." + ENCODER.encodeToString(signature));
  }

  /// @throws MalformedJwsException if it is none of ours, or its signature is not that of the first
  ///   certificate's key
  public static Jws parse(String compact) throws MalformedJwsException {
    if (compact.length() > LARGEST) {
      throw new MalformedJwsException(
          "a JWS of " + compact.length() + " characters; at most " + LARGEST + " are read");
    }
    var parts = compact.split("\\.", -1);
    if (parts.length != 3) {
      throw new MalformedJwsException("a JWS has three parts, and this has " + parts.length);
    }
    var header = HEADER.matcher(text("header", parts[0]));
    if (!header.matches()) {
      throw new MalformedJwsException("the header is not {alg, typ, x5c}");
    }
    var form =
        form(header.group(1))
            .orElseThrow(() ->
                new MalformedJwsException("the algorithm '" + header.group(1) + "' is not known"));
    var chain = chain(header.group(3));
    var key = chain.getFirst().publicKey();
    if (!form.fits(key.type())) {
      throw new MalformedJwsException(
          form.name() + " is not what a key of " + key.type().text() + " signs with");
    }
    var signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
    if (!key.verifies(form.algorithm(), signed, signature(form, parts[2]))) {
      throw new MalformedJwsException("the signature does not fit");
    }
    return new Jws(header.group(2), chain, text("payload", parts[1]), compact);
  }

  private static String header(Form form, String type, List<Certificate> chain) {
    return "{\"alg\":\"%s\",\"typ\":\"%s\",\"x5c\":[%s]}"
        .formatted(
            form.name(),
            type,
            chain.stream()
                .map(each -> Base64.getEncoder().encodeToString(each.der().toByteArray()))
                .map(each -> "\"" + each + "\"")
                .collect(Collectors.joining(",")));
  }

  private static Optional<Form> form(String name) {
    return FORMS.stream().filter(each -> each.name().equals(name)).findFirst();
  }

  /// @param listed what is between the first and the last quotation mark
  private static List<Certificate> chain(String listed) throws MalformedJwsException {
    var encoded = listed.split("\",\"", -1);
    if (encoded.length > MOST_CERTIFICATES) {
      throw new MalformedJwsException(
          encoded.length + " certificates; at most " + MOST_CERTIFICATES + " are read");
    }
    var chain = new ArrayList<Certificate>();
    for (var each : encoded) {
      try {
        chain.add(Certificate.parse(Base64.getDecoder().decode(each)));
      } catch (IllegalArgumentException | MalformedCertificateException malformed) {
        throw new MalformedJwsException("a certificate in the header cannot be read", malformed);
      }
    }
    return chain;
  }

  private static byte[] signature(Form form, String part) throws MalformedJwsException {
    try {
      return form.fromJose(decoded("signature", part));
    } catch (IllegalArgumentException malformed) {
      throw new MalformedJwsException("the signature cannot be read", malformed);
    }
  }

  private static String encoded(String text) {
    return ENCODER.encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(String name, String part) throws MalformedJwsException {
    return new String(decoded(name, part), StandardCharsets.UTF_8);
  }

  /// In the one way to write it, so that no byte of a JWS can be changed without anybody noticing.
  private static byte[] decoded(String name, String part) throws MalformedJwsException {
    try {
      var bytes = DECODER.decode(part);
      if (!ENCODER.encodeToString(bytes).equals(part)) {
        throw new MalformedJwsException("the " + name + " is not in base64url as it should be");
      }
      return bytes;
    } catch (IllegalArgumentException malformed) {
      throw new MalformedJwsException("the " + name + " is not in base64url", malformed);
    }
  }
}
