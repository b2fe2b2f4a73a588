package dev.nameplate.cli.doctor;

/// What one check found.
///
/// @param check its name, which never changes: `ocsp.get`
/// @param where a URL, or a certificate
/// @param says one sentence without a full stop
/// @param next what to do about it; empty if all is well
public record Finding(String check, String where, Grade grade, String says, String next) {

  public Finding {
    if (next.isEmpty() != (grade == Grade.OK)) {
      throw new IllegalArgumentException(check + ": advice is for what is not well, and only that");
    }
  }
}
