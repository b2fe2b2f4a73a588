/// Enrollment over Secure Transport (RFC 7030, RFC 8951): one class for each operation, over
/// JAX-RS. Turns HTTP into questions to `ca.enrollment` and its answers into HTTP; decides nothing
/// about certificates. Knows no database, no token, and not the server that it runs in.
@NullMarked
package dev.nameplate.est;

import org.jspecify.annotations.NullMarked;
