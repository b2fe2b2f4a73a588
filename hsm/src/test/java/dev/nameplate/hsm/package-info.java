/// The binding and the vault, on real SoftHSM tokens below `target/tokens`, with faults let in
/// between us and the library.
@NullMarked
package dev.nameplate.hsm;

import org.jspecify.annotations.NullMarked;
