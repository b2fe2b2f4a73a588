@NullMarked
package dev.nameplate.cli;

import org.jspecify.annotations.NullMarked;
