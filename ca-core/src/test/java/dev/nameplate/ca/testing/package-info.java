/// Fakes that keep the promises of the ports, and the contracts that say what those promises are.
/// Other modules' tests use them through the test-jar.
@NullMarked
package dev.nameplate.ca.testing;

import org.jspecify.annotations.NullMarked;
