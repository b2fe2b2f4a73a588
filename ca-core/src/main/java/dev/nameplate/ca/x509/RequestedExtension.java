package dev.nameplate.ca.x509;

/// An extension that a request asks for; asking grants nothing.
///
/// @param oid in dotted decimals
/// @param value what is in the OCTET STRING; nobody has checked that it is what `oid` stands for
public record RequestedExtension(String oid, boolean critical, Der value) {

  static final String SUBJECT_ALT_NAME = "2.5.29.17";

  /// A subjectAltName, as [SubjectAltName] makes it.
  public static RequestedExtension subjectAltName(Der names) {
    return new RequestedExtension(SUBJECT_ALT_NAME, false, names);
  }
}
