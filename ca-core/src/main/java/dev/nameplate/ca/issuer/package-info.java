/// The authorities themselves: a name and a key, the certificates made for them, and where their
/// status is published.
@NullMarked
package dev.nameplate.ca.issuer;

import org.jspecify.annotations.NullMarked;
