@NullMarked
package dev.nameplate.cli.inventory;

import org.jspecify.annotations.NullMarked;
