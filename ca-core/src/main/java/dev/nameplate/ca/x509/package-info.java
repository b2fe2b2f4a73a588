/// Bytes become values here, and back: X.509 and PKCS#10 (RFC 5280, RFC 2986). Every parser is
/// strict, eager and limited; what it returns has been checked, and nobody checks it again. Knows
/// nothing of devices, policy or stores.
@NullMarked
package dev.nameplate.ca.x509;

import org.jspecify.annotations.NullMarked;
