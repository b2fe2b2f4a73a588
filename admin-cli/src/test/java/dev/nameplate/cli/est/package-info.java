@NullMarked
package dev.nameplate.cli.est;

import org.jspecify.annotations.NullMarked;
