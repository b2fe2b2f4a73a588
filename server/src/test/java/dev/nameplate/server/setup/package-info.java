@NullMarked
package dev.nameplate.server.setup;

import org.jspecify.annotations.NullMarked;
