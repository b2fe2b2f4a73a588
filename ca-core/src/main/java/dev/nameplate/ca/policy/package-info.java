/// What is allowed: a pure decision over a request. Knows no store, no key and no clock.
@NullMarked
package dev.nameplate.ca.policy;

import org.jspecify.annotations.NullMarked;
