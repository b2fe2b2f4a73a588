@NullMarked
package dev.nameplate.ca.memory;

import org.jspecify.annotations.NullMarked;
