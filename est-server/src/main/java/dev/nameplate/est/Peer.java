package dev.nameplate.est;

import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.x509.Der;
import java.util.List;
import java.util.Optional;

/// Who is at the other end, as the transport saw it: HTTP and CoAP each make one of what they have.
///
/// @param presented the certificates of the client, leaf first, whose key the handshake proved;
///   empty if it showed none
/// @param authorization the Authorization header, if there is one
record Peer(Origin origin, List<Der> presented, Optional<String> authorization) {

  Peer {
    presented = List.copyOf(presented);
  }

  Optional<Der> leaf() {
    return presented.stream().findFirst();
  }
}
