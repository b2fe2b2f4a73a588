package dev.nameplate.est;

/// The Authorization header of an HTTP request, and what else of it Digest hashes.
///
/// @param header its value; it holds a secret
/// @param method of the request
/// @param target path and query, as they were sent
record HttpAuthorization(String header, String method, String target) {

  @Override
  public String toString() {
    return "HttpAuthorization[" + method + " " + target + "]";
  }
}
