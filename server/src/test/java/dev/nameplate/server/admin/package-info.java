@NullMarked
package dev.nameplate.server.admin;

import org.jspecify.annotations.NullMarked;
