package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.nameplate.ca.enrollment.SecretHash;
import dev.nameplate.ca.x509.Der;
import java.net.URLDecoder;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// What a client says in HTTP Digest (RFC 7616 section 3.4), with SHA-256 and qop=auth: the rest of
/// that RFC is not offered here, and is refused by name.
final class DigestCredentials {

  /// Not what we can look at. The reason is meant for whoever sent it.
  static final class UnusableException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String reason;

    UnusableException(String reason) {
      super(reason);
      this.reason = reason;
    }

    String reason() {
      return reason;
    }
  }

  private static final String SCHEME = "Digest ";
  private static final String UTF_8_TEXT = "UTF-8''";

  /// `name=token` or `name="quoted"`, and a comma unless it is the last. Nothing is tried twice: a
  /// header of some kilobytes must not cost half a second.
  private static final Pattern PARAMETER =
      Pattern.compile(
          "\\s*+([A-Za-z*]++)\\s*+=\\s*+"
              + "(?:\"((?:[^\"\\\\]|\\\\.)*+)\"|([^\\s\",]++))\\s*+(?:,|$)");

  private static final Pattern COUNT = Pattern.compile("[0-9a-fA-F]{8}");
  private static final Pattern RESPONSE = Pattern.compile("[0-9a-fA-F]{64}");

  private final String user;
  private final String nonce;
  private final String count;
  private final String clientNonce;
  private final String uri;
  private final String method;
  private final byte[] response;

  private DigestCredentials(Map<String, String> parameters, String method)
      throws UnusableException {
    this.user = user(parameters);
    this.nonce = need(parameters, "nonce");
    this.count = need(parameters, "nc", COUNT);
    this.clientNonce = need(parameters, "cnonce");
    this.uri = need(parameters, "uri");
    this.method = method;
    this.response = HexFormat.of().parseHex(need(parameters, "response", RESPONSE));
    expect(parameters, "realm", SecretHash.REALM);
    expect(parameters, "qop", "auth");
    if (!"SHA-256".equalsIgnoreCase(parameters.get("algorithm"))) {
      throw new UnusableException("Digest is offered here with algorithm=SHA-256 only");
    }
    if ("true".equalsIgnoreCase(parameters.get("userhash"))) {
      throw new UnusableException("Digest is offered here without userhash");
    }
  }

  static boolean are(HttpAuthorization authorization) {
    return authorization.header().regionMatches(true, 0, SCHEME, 0, SCHEME.length());
  }

  /// @throws UnusableException if they are malformed, or of a kind that is not offered
  static DigestCredentials parse(HttpAuthorization authorization) throws UnusableException {
    return new DigestCredentials(
        parameters(authorization.header().substring(SCHEME.length())), authorization.method());
  }

  /// What stands behind the scheme; the names are in lower case.
  static Map<String, String> parameters(CharSequence text) throws UnusableException {
    var parameters = new HashMap<String, String>();
    var parameter = PARAMETER.matcher(text);
    int end = 0;
    while (end < text.length() && parameter.region(end, text.length()).lookingAt()) {
      var quoted = parameter.group(2);
      var value = quoted == null ? parameter.group(3) : quoted.replaceAll("\\\\(.)", "$1");
      if (parameters.put(parameter.group(1).toLowerCase(Locale.ROOT), value) != null) {
        throw new UnusableException("Digest has " + parameter.group(1) + " twice");
      }
      end = parameter.end();
    }
    if (end < text.length()) {
      throw new UnusableException("Digest is malformed");
    }
    return parameters;
  }

  String user() {
    return user;
  }

  String nonce() {
    return nonce;
  }

  long count() {
    return Long.parseLong(count, 16);
  }

  String uri() {
    return uri;
  }

  /// Whether the response was made with this SHA-256 over user name, realm and secret (section
  /// 3.4.1).
  boolean proves(byte[] secret) {
    var request = sha256(method + ":" + uri);
    var all =
        String.join(
            ":", HexFormat.of().formatHex(secret), nonce, count, clientNonce, "auth", request);
    return MessageDigest.isEqual(response, Der.sha256(all.getBytes(ISO_8859_1)));
  }

  @Override
  public String toString() {
    return "DigestCredentials[" + user + "]";
  }

  private static String sha256(String text) {
    return HexFormat.of().formatHex(Der.sha256(text.getBytes(ISO_8859_1)));
  }

  /// `username`, or `username*` for what does not fit into it (section 3.4.4).
  private static String user(Map<String, String> parameters) throws UnusableException {
    var extended = parameters.get("username*");
    if (extended == null) {
      return need(parameters, "username");
    }
    if (parameters.containsKey("username")
        || !extended.regionMatches(true, 0, UTF_8_TEXT, 0, UTF_8_TEXT.length())) {
      throw new UnusableException("Digest has a username* that is not alone or not UTF-8''...");
    }
    try {
      // a plus is a plus in RFC 8187
      return URLDecoder.decode(extended.substring(UTF_8_TEXT.length()).replace("+", "%2B"), UTF_8);
    } catch (IllegalArgumentException malformed) {
      throw new UnusableException("Digest has a malformed username*");
    }
  }

  private static String need(Map<String, String> parameters, String name) throws UnusableException {
    var value = parameters.get(name);
    if (value == null) {
      throw new UnusableException("Digest has no " + name);
    }
    return value;
  }

  private static String need(Map<String, String> parameters, String name, Pattern shape)
      throws UnusableException {
    var value = need(parameters, name);
    if (!shape.matcher(value).matches()) {
      throw new UnusableException("Digest has a malformed " + name);
    }
    return value;
  }

  private static void expect(Map<String, String> parameters, String name, String expected)
      throws UnusableException {
    if (!need(parameters, name).equals(expected)) {
      throw new UnusableException("Digest is offered here with " + name + "=" + expected);
    }
  }
}
