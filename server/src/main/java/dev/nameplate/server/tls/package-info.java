/// TLS under our listeners: which implementation, which versions and cipher suites, how long a
/// handshake may take, and what binds a request to its connection. Knows nothing of EST, of devices
/// or of who may do what: no certificate is judged in here.
@NullMarked
package dev.nameplate.server.tls;

import org.jspecify.annotations.NullMarked;
