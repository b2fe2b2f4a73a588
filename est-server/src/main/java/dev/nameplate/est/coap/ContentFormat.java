package dev.nameplate.est.coap;

/// The Content-Formats that RFC 9148 section 4.3 uses, by their numbers.
final class ContentFormat {

  /// `application/multipart-core`.
  static final int MULTIPART = 62;

  /// `application/pkcs7-mime; smime-type=server-generated-key`.
  static final int ENVELOPED_KEY = 280;

  /// `application/pkcs7-mime; smime-type=certs-only`.
  static final int CERTS_ONLY = 281;

  /// `application/pkcs8`.
  static final int PLAIN_KEY = 284;

  /// `application/csrattrs`.
  static final int CSR_ATTRIBUTES = 285;

  /// `application/pkcs10`.
  static final int PKCS10 = 286;

  /// `application/pkix-cert`: one certificate, bare.
  static final int PKIX_CERT = 287;

  private ContentFormat() {}
}
