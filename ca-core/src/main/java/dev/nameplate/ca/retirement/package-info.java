/// How an owner is taken back for good, with every certificate, reservation, secret and claim.
@NullMarked
package dev.nameplate.ca.retirement;

import org.jspecify.annotations.NullMarked;
