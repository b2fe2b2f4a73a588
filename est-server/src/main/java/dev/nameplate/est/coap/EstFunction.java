package dev.nameplate.est.coap;

/// The functions of EST under their short names (RFC 9148 section 4.1), with what a client finds
/// about them in `/.well-known/core`.
enum EstFunction {
  CRTS("crts", "281"),
  SEN("sen", "281 287"),
  SREN("sren", "281 287"),
  ATT("att", "285"),
  SKG("skg", "62"),
  SKC("skc", "62");

  private final String path;
  private final String formats;

  EstFunction(String path, String formats) {
    this.path = path;
    this.formats = formats;
  }

  /// The last segment of its path.
  String path() {
    return path;
  }

  /// `rt`, by which clients look for it.
  String resourceType() {
    return "ace.est." + path;
  }

  /// `ct`: the Content-Formats of its answers.
  String formats() {
    return formats;
  }
}
