package dev.nameplate.est;

import dev.nameplate.ca.x509.Der;
import java.util.Optional;

/// What a requester said to recognize the answer by (RFC 5272 section 6.6).
///
/// @param transactionId an INTEGER, sent back as it is
/// @param senderNonce an OCTET STRING, sent back as recipientNonce
record CmcConversation(Optional<Der> transactionId, Optional<Der> senderNonce) {

  /// It said nothing, or nothing that could be read.
  static final CmcConversation NONE = new CmcConversation(Optional.empty(), Optional.empty());

  boolean isSilent() {
    return transactionId.isEmpty() && senderNonce.isEmpty();
  }
}
