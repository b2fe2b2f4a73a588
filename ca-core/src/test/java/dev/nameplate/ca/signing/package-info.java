@NullMarked
package dev.nameplate.ca.signing;

import org.jspecify.annotations.NullMarked;
