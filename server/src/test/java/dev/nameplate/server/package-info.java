@NullMarked
package dev.nameplate.server;

import org.jspecify.annotations.NullMarked;
