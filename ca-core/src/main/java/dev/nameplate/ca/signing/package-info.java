/// Ports to the keys of the authority: they sign, and are never seen. Knows no token; `hsm` does.
@NullMarked
package dev.nameplate.ca.signing;

import org.jspecify.annotations.NullMarked;
