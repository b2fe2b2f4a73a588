package dev.nameplate.ca.policy;

/// What was found out about a request's tie to the connection that it came over (RFC 7030 section
/// 3.5, RFC 7894). Only whoever holds the connection can say.
public sealed interface IdentityLink {

  /// Nothing in the request ties it to a connection.
  ///
  /// @param wanted what would have, for whoever has to send it
  record Absent(String wanted) implements IdentityLink {}

  /// Everything in the request that has to be verified was, and ties it to its connection.
  record Verified() implements IdentityLink {}

  /// Somebody answers for it: a registration authority that sent it on, for the values in it are of
  /// the connection between the device and that authority (RFC 7030 section 3.7); or Nameplate,
  /// which asks itself over no connection.
  record Vouched() implements IdentityLink {}

  /// Something in the request is not what it has to be.
  ///
  /// @param detail what was expected; never the value
  record Failed(String detail) implements IdentityLink {}
}
