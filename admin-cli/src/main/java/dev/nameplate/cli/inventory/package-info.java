/// Files of devices: read row by row, whoever wrote them, and written so that they can be read
/// again. Knows no server.
@NullMarked
package dev.nameplate.cli.inventory;

import org.jspecify.annotations.NullMarked;
